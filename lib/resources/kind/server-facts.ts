import type { Product } from '../../connect/options.js';
import { UnsupportedError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { ApiExtension } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

/**
 * Product and extensions of the server, read once for a connection; again each time while it does not trust us, since it
 * hides some of them until then.
 */
export async function serverFacts(session: Session, options: CallOptions = {}): Promise<ServerFacts> {
  const { connection } = session;
  if (!connection.facts?.trusted) {
    const request = { method: 'GET', path: '/1.0', ...options };
    connection.facts = factsFrom(asObject(await session.send(request), request));
  }
  return connection.facts;
}

/** What a server has where it has an extension, as the end of `This server has no …`. */
export interface Offer {
  what: string;
  /** What goes before that in a sentence. */
  verb?: 'has no' | 'cannot';
  /** What there is on the other product. */
  instead?: string;
}

/** @throws UnsupportedError where the server lacks it; costs a request where nothing is known of it yet */
export async function assertExtension(
  session: Session,
  extension: ApiExtension,
  offer: string | Offer,
  options: CallOptions = {},
): Promise<void> {
  const { product, extensions } = await serverFacts(session, options);
  if (extensions.has(extension)) return;
  const { what, verb = 'has no', instead }: Offer = typeof offer === 'string' ? { what: offer } : offer;
  const server = product === undefined ? 'server' : productName(product);
  const remedy = instead === undefined ? '' : `; ${instead}`;
  throw new UnsupportedError(
    `This ${server} ${verb} ${what}; it lacks the API extension ${extension}${remedy}`,
    extension,
  );
}

/** Incus has had this extension from its first release on, LXD never. */
const incusOnly = 'dev_incus_events';

/** What an answer of `/1.0` says of the server, whatever it hides. */
export function factsFrom(server: object): ServerFacts {
  const { api_extensions: listed, auth } = server as { api_extensions?: unknown; auth?: unknown };
  const extensions = new Set((Array.isArray(listed) ? listed : []).filter((one) => typeof one === 'string'));
  return { product: productOf(server, extensions), extensions, trusted: auth !== 'untrusted' };
}

/**
 * Only what is told proves anything: the name, to whom the server trusts; else the extensions, which LXD and Incus before
 * 7 tell everybody; else the empty `config` that Incus has for those it does not trust, where LXD has none.
 */
function productOf(server: object, extensions: ReadonlySet<string>): Product | undefined {
  const { environment, config } = server as { environment?: { server?: unknown } | null; config?: unknown };
  const name = environment?.server;
  if (name === 'lxd' || name === 'incus') return name;
  if (extensions.size > 0) return extensions.has(incusOnly) ? 'incus' : 'lxd';
  return typeof config === 'object' && config !== null ? 'incus' : undefined;
}

/** For messages. */
export function productName(product: Product | undefined): string {
  return product === undefined ? 'The server' : product === 'lxd' ? 'LXD' : 'Incus';
}
