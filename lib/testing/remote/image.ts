import type { IncomingMessage } from 'node:http';
import { isFormType } from '../http/form.js';
import { receive, receiveForm } from '../kinds/images/upload.js';
import type { NewImage } from '../kinds/images/state/store.js';
import { dict, type StringMap } from '../state/maps.js';
import type { InstanceType } from '../kinds/instances/records.js';
import { Refusal } from '../state/refusal.js';
import { RemoteServer } from './server.js';
import type { Speaker } from './web.js';
import { quirks } from './quirks.js';

/** Which image of another server. */
export interface Wanted {
  protocol: string;
  server: string;
  certificate?: string | undefined;
  secret?: string | undefined;
  /** Its alias, or its fingerprint, or the beginning of it. */
  name: string;
  type?: string | undefined;
  project?: string | undefined;
}

/** Hears how far a download is, as an operation tells it. */
export type Progress = (text: string) => void;

/** An image that another server has. */
export interface RemoteImage {
  /** Of an image that only a secret opens, what was asked for. */
  fingerprint: string;
  fetch(progress: Progress): Promise<NewImage>;
}

/** Waits; of what is refused it says first where. */
export async function prefixed<T>(prefix: string, work: Promise<T>): Promise<T> {
  return work.catch((error: unknown) => {
    throw error instanceof Refusal ? new Refusal(error.status, prefix + error.message) : error;
  });
}

export const notFoundThere = 'Failed getting remote image info: ';

/** An image of an LXD or Incus. */
export async function onServer(wanted: Wanted, by: Speaker): Promise<RemoteImage> {
  const { server: url, secret = '', name, project = '', type = '' } = wanted;
  const { notConnected } = quirks[by.product.name];
  const server = await prefixed(notConnected(url), RemoteServer.connect(url, by));
  const query = queryOf({ project, secret });
  const read = async (fingerprint: string) => server.read(pathOf(fingerprint) + query);
  if (secret) {
    const fetch = async (progress: Progress) => download(server, query, await read(name), progress);
    return { fingerprint: name, fetch };
  }
  const alias = await server
    .read(`/1.0/images/aliases/${encodeURIComponent(name)}${query}`)
    .catch((): Record<string, unknown> => ({}));
  const isMeant = typeof alias.target === 'string' && (type === '' || alias.type === type);
  const info = await prefixed(notFoundThere, read(isMeant ? String(alias.target) : name));
  return {
    fingerprint: String(info.fingerprint),
    fetch: (progress) => download(server, query, info, progress),
  };
}

async function download(
  server: RemoteServer,
  query: string,
  info: Record<string, unknown>,
  progress: Progress,
): Promise<NewImage> {
  const fingerprint = String(info.fingerprint);
  const response = await server.file(`${pathOf(fingerprint)}/export${query}`);
  const type = response.headers['content-type'] ?? '';
  const body = metered(response, Number(info.size), progress);
  const came = await (isFormType(type) ? receiveForm(type, body) : receive(body));
  if (came.problem !== undefined) throw new Refusal(500, came.problem);
  if (came.fingerprint !== fingerprint) {
    throw new Refusal(
      500,
      `Image fingerprint doesn't match. Got ${came.fingerprint} expected ${fingerprint}`,
    );
  }
  const { data, metadata, size } = came;
  return {
    ...{ fingerprint, data, metadata, size, type: info.type as InstanceType },
    architecture: String(info.architecture),
    filename: String(info.filename),
    properties: dict(info.properties as StringMap),
    createdAt: String(info.created_at),
    expiresAt: String(info.expires_at),
  };
}

/** The pieces of a file, counted. */
export async function* metered(
  file: IncomingMessage,
  size: number,
  progress: Progress,
  stage = '',
): AsyncGenerator<Buffer, void, void> {
  let received = 0;
  let told = 0;
  for await (const piece of file as AsyncIterable<Buffer>) {
    received += piece.length;
    const percent = Math.floor((100 * received) / size);
    if (percent > told) progress(`${stage}${String(percent)}% (50.00MB/s)`);
    told = percent;
    yield piece;
  }
}

function pathOf(fingerprint: string): string {
  return `/1.0/images/${encodeURIComponent(fingerprint)}`;
}

function queryOf(given: Record<string, string>): string {
  const query = new URLSearchParams(Object.entries(given).filter(([, value]) => value !== '')).toString();
  return query && `?${query}`;
}
