import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'tslxd';

/** What somebody hears over HTTPS whom the server does not know. */
export async function guest(url: string, method = 'GET'): Promise<object> {
  const asked = request(url, { method, rejectUnauthorized: false, agent: false }).end();
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  const { 'content-type': type, 'content-disposition': name } = response.headers;
  const body = await text(response);
  const isJson = type === 'application/json';
  const { error, error_code: code, metadata } = isJson ? JSON.parse(body) : { metadata: body.length };
  const shape = metadata && typeof metadata === 'object' ? Object.keys(metadata) : metadata;
  return { status: response.statusCode, type, name, error, code, shape };
}

/** The first events that are about this, while something is done. */
export async function lifecycleOf(
  socketPath: string,
  about: string,
  count: number,
  act: (socketPath: string) => Promise<unknown>,
): Promise<string[]> {
  await using client = new Client({ socketPath });
  const told: string[] = [];
  client.events.on('lifecycle', ({ metadata, project }) => {
    if (JSON.stringify(metadata).includes(about))
      told.push(`${metadata.action} ${metadata.source} ${project}`);
  });
  await client.events.ready();
  await act(socketPath);
  while (told.length < count) await delay(10);
  return told;
}
