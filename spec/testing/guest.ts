import { once } from 'node:events';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';
import type { IncomingMessage } from 'node:http';

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
