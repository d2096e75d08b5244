import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { Agent as HttpAgent } from 'node:http';
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { IpcSocketConnectOpts, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { connect, TLSSocket } from 'node:tls';
import { linked } from '../errors/index.js';
import type { Endpoint, HttpsEndpoint } from './endpoint.js';
import { proxyFor } from './proxy/environment.js';
import { openTunnel } from './proxy/tunnel.js';

/** The certificates, as DER, over which connections failed: Node's errors do not tell. */
const shown = new WeakMap<object, Buffer>();

/** The certificate that the server showed before this error, where it is known. */
export function offeredBefore(error: object): X509Certificate | undefined {
  const raw = shown.get(error);
  return raw && new X509Certificate(raw);
}

/** How long a connection may be idle and still be used again, in ms: what lies between may have forgotten it. */
export const maxIdle = 30_000;

/** As many as requests may be under way in turns; the rest of a burst's must not keep their descriptors. */
const maxFreeSockets = 32;

/** Keeps connections for a while. */
export interface PooledAgent extends HttpAgent {
  /** Ends the connections that have been idle for longer, in ms by the clock: timers stand still while a machine sleeps. */
  dropIdle(longer: number): void;
}

/** An agent for one client and one endpoint, so that closing the client ends its sockets and nobody else's. */
export function pooledAgent(endpoint: Endpoint): PooledAgent {
  // The time ends sockets that are idle, and no others: nobody listens to it while they are in use.
  const options = { keepAlive: true, maxFreeSockets, timeout: maxIdle };
  if (endpoint.kind === 'https') return new NotingAgent(endpoint, options);
  const agent = new UnixAgent(options);
  // msw's interceptor spreads an agent's options, in which Node puts `path: null`, over the socket's path.
  (agent as unknown as { options: IpcSocketConnectOpts }).options.path = endpoint.socketPath;
  return agent;
}

/** An agent for one endpoint; not to be shared (see `TlsSettings`). */
export function httpsAgent(endpoint: HttpsEndpoint, options: AgentOptions = {}): Agent {
  return new NotingAgent(endpoint, options);
}

/** A TLS connection for what does not go through an agent, nor a proxy. */
export function tlsConnect(endpoint: HttpsEndpoint): TLSSocket {
  return noteCertificate(connect({ ...endpoint.tls, ...targetOf(endpoint) }));
}

/**
 * The same when its handshake is done, through the endpoint's proxy if there is one; ends when the signal fires.
 * @throws what `connectionErrorFrom` takes; the signal's reason
 */
export async function openTls(endpoint: HttpsEndpoint, signal: AbortSignal): Promise<TLSSocket> {
  return secured(endpoint, signal, (socket) =>
    noteCertificate(connect({ ...endpoint.tls, ...targetOf(endpoint), ...(socket && { socket }) })),
  );
}

/** What `https.request` may be told beside Node's options. */
export interface AgentRequestOptions {
  /** Ends the connection that is made for the request, if it is not there yet. */
  giveUp?: AbortSignal | undefined;
}

function targetOf({ origin }: HttpsEndpoint): { host: string; port: number } {
  const { hostname, port } = new URL(origin);
  return { host: hostname.replace(/^\[|\]$/g, ''), port: Number(port || 443) };
}

/** Has TLS made over a tunnel through the proxy, or directly, and waits until it is. */
async function secured(
  endpoint: HttpsEndpoint,
  signal: AbortSignal | undefined,
  make: (socket: Socket | undefined) => TLSSocket,
): Promise<TLSSocket> {
  // Of its own: the caller's must not end it later.
  const { stop, forget } = linked(signal);
  try {
    const proxy = await proxyFor(endpoint);
    const tunnel = proxy && (await openTunnel(proxy, targetOf(endpoint), stop.signal));
    stop.signal.throwIfAborted();
    const socket = madeOver(tunnel, make);
    // From now on: the signal ends the tunnel too, and by then `once` no longer listens.
    socket.on('error', quiet);
    try {
      await once(socket, 'secureConnect', { signal: stop.signal });
      socket.off('error', quiet);
      return socket;
    } catch (error) {
      socket.destroy();
      throw stop.signal.aborted ? stop.signal.reason : error;
    }
  } finally {
    forget();
  }
}

function madeOver(tunnel: Socket | undefined, make: (socket: Socket | undefined) => TLSSocket): TLSSocket {
  try {
    return make(tunnel);
  } catch (error) {
    tunnel?.on('error', quiet).destroy();
    throw error;
  }
}

/** For errors of a socket that is nobody's any more. */
function quiet(): void {
  // said elsewhere
}

/** Since when a socket is idle, by the clock. */
const idleSince = new WeakMap<object, number>();

/** When each agent was looked through last: every request asks for it. */
const lookedAt = new WeakMap<HttpAgent, number>();

function dropIdle(agent: HttpAgent, longer: number): void {
  const now = Date.now();
  const since = now - (lookedAt.get(agent) ?? 0);
  if (longer > 0 && since >= 0 && since < 1000) return;
  lookedAt.set(agent, now);
  const { freeSockets } = agent;
  const before = now - longer;
  for (const sockets of Object.values(freeSockets)) {
    for (const socket of sockets ?? []) if ((idleSince.get(socket) ?? 0) <= before) socket.destroy();
  }
}

class UnixAgent extends HttpAgent implements PooledAgent {
  override keepSocketAlive(socket: Duplex): void {
    idleSince.set(socket, Date.now());
    return super.keepSocketAlive(socket); // tells whether it is kept, whatever its type says
  }

  dropIdle(longer: number): void {
    dropIdle(this, longer);
  }
}

class NotingAgent extends Agent implements PooledAgent {
  readonly #endpoint: HttpsEndpoint;

  constructor(endpoint: HttpsEndpoint, options: AgentOptions) {
    super({ ...options, ...endpoint.tls });
    this.#endpoint = endpoint;
  }

  override createConnection(
    options: RequestOptions & AgentRequestOptions,
    callback?: Parameters<Agent['createConnection']>[1],
  ): ReturnType<Agent['createConnection']> {
    const make = (tunnel?: Socket) => {
      const given: RequestOptions & { socket?: Socket } = tunnel ? { ...options, socket: tunnel } : options;
      const socket = super.createConnection(given);
      return socket instanceof TLSSocket ? noteCertificate(socket) : socket;
    };
    if (this.#endpoint.proxy === false) return make();
    secured(this.#endpoint, options.giveUp, (tunnel) => make(tunnel) as TLSSocket).then(
      (socket) => process.nextTick(() => callback?.(null, socket)),
      (error: unknown) => process.nextTick(() => callback?.(error as Error, undefined as never)),
    );
    return undefined;
  }

  override keepSocketAlive(socket: Duplex): void {
    idleSince.set(socket, Date.now());
    return super.keepSocketAlive(socket);
  }

  dropIdle(longer: number): void {
    dropIdle(this, longer);
  }
}

/** Notes what the server shows at the only moment at which it can be read: Node refuses right after. */
function noteCertificate(socket: TLSSocket): TLSSocket {
  socket.prependOnceListener('secure', () => {
    // Not getPeerX509Certificate: after it, Node 20 finds no certificate to check.
    // It may be null (Bun), and {} where the server shows none.
    const { raw } = (socket.getPeerCertificate() ?? {}) as { raw?: Buffer };
    if (raw === undefined) return;
    socket.prependOnceListener('error', (error: Error) => shown.set(error, raw));
  });
  return socket;
}
