import {
  request,
  type ClientRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestOptions,
} from 'node:http';
import { request as requestTls } from 'node:https';
import { FakeServer, type FakeServerOptions } from '../../lib/testing/index.js';

/** What a server said; `metadata` is what most calls are about. */
export interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  text: string;
  /** The envelope; empty where the body is none. */
  body: {
    type?: string;
    error?: string;
    error_code?: number;
    operation?: string;
    metadata?: any; // eslint-disable-line @typescript-eslint/no-explicit-any -- specs look into whatever a server says
  };
}

/** Where a server listens on the network, and the certificate that is shown it, if any. */
export interface OverHttps {
  endpoint: string;
  clientCert?: string;
  clientKey?: string;
}

/** One bare call over a unix socket, or HTTPS: the target goes out as it is written, dots and all. */
export function call(
  to: string | OverHttps,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
  /** Only those headers, and no content type of its own? */
  isUntyped = false,
): Promise<Answer> {
  const payload = typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
  const type = Buffer.isBuffer(body) ? 'application/octet-stream' : 'application/json';
  const length = payload === undefined ? 0 : Buffer.byteLength(payload);
  const all =
    payload === undefined
      ? headers
      : { ...(!isUntyped && { 'content-type': type }), 'content-length': length, ...headers };
  return new Promise((resolve, reject) => {
    const options = { method, path, headers: all, agent: false };
    const outgoing = opened(to, options, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
      incoming.on('error', reject);
      incoming.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text, body: parsed(text) });
      });
    });
    outgoing.on('error', reject).end(payload);
  });
}

function opened(
  to: string | OverHttps,
  options: RequestOptions,
  answered: (incoming: IncomingMessage) => void,
): ClientRequest {
  if (typeof to === 'string') return request({ ...options, socketPath: to }, answered);
  const { hostname: host, port } = new URL(to.endpoint);
  const identity = { cert: to.clientCert, key: to.clientKey, rejectUnauthorized: false };
  return requestTls({ ...options, host, port, ...identity }, answered);
}

function parsed(text: string): Answer['body'] {
  try {
    return JSON.parse(text) as Answer['body'];
  } catch {
    return {};
  }
}

/** An operation as it ended. */
export interface Ended {
  status_code: number;
  err: string;
  metadata: Record<string, unknown> | null;
  resources: Record<string, string[]> | null;
}

/** Waits for the operation of an answer, and reads it. */
export async function ended(socketPath: string, { body }: Answer): Promise<Ended> {
  await call(socketPath, 'GET', `${body.operation}/wait`);
  return (await call(socketPath, 'GET', body.operation ?? '')).body.metadata as Ended;
}

/** A fake and the calls that a spec makes to it. */
export interface Subject {
  server: FakeServer;
  call(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer>;
  /** A call whose operation is waited for. */
  run(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Ended>;
  /** The metadata of a GET. */
  read(path: string): Promise<Answer['body']['metadata']>;
}

/** A describe block for each product, with one fake that every test finds fresh. */
export function describeFakes(
  title: string,
  block: (subject: Subject) => void,
  options?: FakeServerOptions,
): void {
  describe.each(['lxd', 'incus'] as const)(`${title}, as %s`, (product) => {
    let server: FakeServer;
    const subject: Subject = {
      get server() {
        return server;
      },
      call: (...given) => call(server.socketPath, ...given),
      run: async (...given) => ended(server.socketPath, await subject.call(...given)),
      read: async (path) => (await subject.call('GET', path)).body.metadata,
    };
    beforeAll(async () => {
      server = await FakeServer.start({ product, operationTime: 1, ...options });
    });
    beforeEach(() => server.reset());
    afterAll(() => server.close());
    block(subject);
  });
}
