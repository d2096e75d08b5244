import { ConflictError, InUseError, InvalidInputError } from '../../errors/index.js';
import { isMap, type CallOptions, type JsonMap } from '../../orm/index.js';
import { asList, asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { serverFacts } from '../kind/server-facts.js';
import { lastIn } from '../kind/path.js';

/** Whether a server is in a cluster, and as whom. */
export async function clusterOf(
  session: Session,
  options: CallOptions,
): Promise<{ isEnabled: boolean; name: string }> {
  const request = { method: 'GET', path: '/1.0/cluster', ...options };
  const { enabled, server_name: name } = asObject<JsonMap>(await session.send(request), request);
  return { isEnabled: enabled === true, name: typeof name === 'string' ? name : '' };
}

/**
 * Refuses a server that is in a cluster: both products take the name of such a bootstrap in part, and fail after 3 s.
 * @throws ConflictError
 */
export async function assertAlone(session: Session, method: string, options: CallOptions): Promise<void> {
  const { isEnabled, name } = await clusterOf(session, options);
  if (isEnabled) throw new ConflictError(`${method}: the server is in a cluster already, as '${name}'`);
}

/** The session of the server itself. @throws InvalidInputError for one of a member that is not asked itself */
export function ownSession(session: Session, method: string): Session {
  const { target } = session.scope;
  if (target === undefined) return session.derive({ project: 'default' });
  throw new InvalidInputError(
    `${method} is about the server that the client is connected to, and no server passes it on to its target '${target}'`,
  );
}

/** Refuses a server that has what would be lost. @throws InUseError that says what */
export async function assertEmpty(session: Session, method: string, options: CallOptions): Promise<void> {
  const { extensions } = await serverFacts(session, options);
  const urls = async (path: string, query = {}) => {
    const request = { method: 'GET', path, query, ...options };
    return asList(await session.send(request), request).filter((one) => typeof one === 'string');
  };
  const everywhere = extensions.has('instance_all_projects') ? { 'all-projects': true } : {};
  const found = {
    instances: await urls('/1.0/instances', everywhere),
    images: await urls('/1.0/images'),
    networks: await managedNetworks(session, options),
    'storage pools': await urls('/1.0/storage-pools'),
    projects: (await urls('/1.0/projects')).filter((url) => lastIn(url) !== 'default'),
  };
  const full = Object.entries(found).flatMap(([kind, list]) =>
    list.length === 0
      ? []
      : [`${kind} (${list.map(lastIn).slice(0, 3).join(', ')}${list.length > 3 ? ', …' : ''})`],
  );
  if (full.length === 0) return;
  throw new InUseError(
    `${method}: a server must be empty to join a cluster, which has it forget all; this one has ${full.join(', ')}`,
  );
}

async function managedNetworks(session: Session, options: CallOptions): Promise<string[]> {
  const request = { method: 'GET', path: '/1.0/networks', query: { recursion: 1 }, ...options };
  const list = asList(await session.send(request), request);
  return list.flatMap((one) => {
    if (!isMap(one) || one.managed !== true || typeof one.name !== 'string') return [];
    return [one.name];
  });
}
