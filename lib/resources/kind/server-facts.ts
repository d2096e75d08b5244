import type { CallOptions } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { Schemas } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';

/** Product and extensions of the server, read once for a connection. */
export async function serverFacts(session: Session, options: CallOptions = {}): Promise<ServerFacts> {
  const { connection } = session;
  if (!connection.facts) {
    const { metadata } = await session.send({ method: 'GET', path: '/1.0', ...options });
    connection.facts = factsFrom(metadata as Partial<Schemas.Server>);
  }
  return connection.facts;
}

/** Incus has had this extension from its first release on, LXD never. */
const incusOnly = 'dev_incus_events';

/** Who does not trust us yet hides its name, but never its extensions. */
export function factsFrom(server: Partial<Schemas.Server>): ServerFacts {
  const extensions = new Set<string>(server.api_extensions ?? []);
  return { product: extensions.has(incusOnly) ? 'incus' : 'lxd', extensions };
}
