import {
  ConnectionError,
  InvalidInputError,
  UnsupportedError,
  type ConnectionAttempt,
} from '../../errors/index.js';
import { describe, type CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Resource } from '../kind/resource.js';
import { Server } from '../server.js';

/** The client of another server: a `Client`. */
export interface OtherClient {
  readonly server: Server;
}

/** What another client sends with. @throws InvalidInputError for what is no client */
export function sessionOf(client: OtherClient, method: string): Session {
  const { server } = Object(client) as Partial<OtherClient>;
  if (server instanceof Server) return Resource.sessionOf(server);
  throw new InvalidInputError(`${method} takes the Client of the other server, not ${describe(client)}`);
}

/** A server as another one reaches it. */
export interface Peer {
  /** `https://host:port`: the one that the client itself uses first, then what the server says of itself. */
  addresses: string[];
  /** The server's certificate, PEM; empty where the server does not trust us enough to tell. */
  certificate: string;
}

/** How other servers reach this one (GET /1.0). @throws UnsupportedError for one that does not listen on the network */
export async function peerOf(session: Session, options: CallOptions = {}): Promise<Peer> {
  const request = { method: 'GET', path: '/1.0', ...options };
  const { environment } = asObject<{ environment?: Partial<Schemas.ServerEnvironment> | null }>(
    await session.send(request),
    request,
  );
  const { endpoint } = await session.connection.open();
  const own = endpoint.kind === 'https' ? [endpoint.origin] : [];
  // Without a host it says of itself only that it listens.
  const listed: unknown = environment?.addresses;
  const told = (Array.isArray(listed) ? listed : []).filter(
    (address): address is string => typeof address === 'string' && !address.startsWith(':'),
  );
  const addresses = [...new Set([...own, ...told.map((address) => `https://${address}`)])];
  if (addresses.length === 0) {
    throw new UnsupportedError(
      `No other server can reach ${session.connection.description}, which has no address on the network: ` +
        "set its core.https_address, e.g. to ':8443', or take mode 'relay', for which the client does the carrying",
    );
  }
  return { addresses, certificate: environment?.certificate ?? '' };
}

/** Whether one server could not connect to the other at an address: another may do. In Go's words, which have no codes. */
export function unreachable(error: Error): boolean {
  if (error instanceof ConnectionError) return false; // that is our own connection
  return /unable to connect to|dial tcp|connection refused|no route to host|network is unreachable|x509:|tls: /i.test(
    error.message,
  );
}

/** No address of `at` could be reached by `by`. */
export function unreached(at: Session, by: Session, attempts: ConnectionAttempt[]): ConnectionError {
  const tried = attempts.map(({ address, reason }) => `${address}: ${reason}`).join('; ');
  return new ConnectionError(
    `${by.connection.description} cannot reach ${at.connection.description} (${tried}). ` +
      "Mode 'relay' needs no connection between the two",
    {},
    attempts,
  );
}
