import { mkdtemp, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable, type Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Answers a request; `target` is what its request line says. */
export type Answer = (request: Request, target: string) => Promise<Response>;

/** Takes a request to change the protocol. */
export type Upgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => void;

/** A real HTTP server on a temporary unix socket, in front of handlers of standard requests. */
export class Listener {
  private constructor(
    readonly socketPath: string,
    private readonly directory: string,
    private readonly server: Server,
    /** What is no HTTP connection any more, of which the server forgets. */
    private readonly upgraded: ReadonlySet<Duplex>,
  ) {}

  static async open(answer: Answer, upgrade: Upgrade): Promise<Listener> {
    const directory = await mkdtemp(join(tmpdir(), 'tslxd-fake-'));
    const socketPath = join(directory, 'unix.socket');
    const server = createServer((incoming, outgoing) => void serve(answer, incoming, outgoing));
    const upgraded = new Set<Duplex>();
    server.on('upgrade', (request: IncomingMessage, socket: Duplex, head: Buffer) => {
      upgraded.add(socket);
      socket.once('close', () => upgraded.delete(socket));
      socket.on('error', () => socket.destroy());
      upgrade(request, socket, head);
    });
    // Nothing is closed for being idle: a kept-alive connection must not end under the next request.
    Object.assign(server, { keepAliveTimeout: 0, requestTimeout: 0 });
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject).listen(socketPath, resolve);
    });
    return new Listener(socketPath, directory, server, upgraded);
  }

  /** Ends every connection, whatever it is waiting for. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => this.server.close(() => resolve()));
    this.server.closeAllConnections();
    for (const socket of this.upgraded) socket.destroy();
    await closed;
    await rm(this.directory, { recursive: true, force: true });
  }
}

async function serve(answer: Answer, incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
  const gone = new AbortController();
  outgoing.once('close', () => gone.abort());
  try {
    const request = toRequest(incoming, gone.signal);
    const response = await answer(request, incoming.url ?? '/');
    await send(response, outgoing);
  } catch {
    // The client has gone, or the answer broke off: either way there is nobody to tell.
    outgoing.destroy();
  }
}

function toRequest(incoming: IncomingMessage, signal: AbortSignal): Request {
  const { method = 'GET', rawHeaders } = incoming;
  const headers = new Headers();
  for (let index = 0; index < rawHeaders.length; index += 2) {
    headers.append(rawHeaders[index]!, rawHeaders[index + 1]!);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // The target goes beside it: a URL here would have its dots resolved.
  return new Request('http://fake/', {
    ...{ method, headers, signal },
    ...(hasBody && { body: Readable.toWeb(incoming) as ReadableStream<Uint8Array>, duplex: 'half' as const }),
  });
}

async function send(response: Response, outgoing: ServerResponse): Promise<void> {
  if (response.type === 'error') {
    outgoing.destroy();
    return;
  }
  outgoing.writeHead(response.status, Object.fromEntries(response.headers));
  const { body } = response;
  if (!body) {
    outgoing.end();
    return;
  }
  // Where the body may be long in coming, the headers go first.
  if (!response.headers.has('content-length')) outgoing.flushHeaders();
  await pipeline(Readable.fromWeb(body), outgoing);
}
