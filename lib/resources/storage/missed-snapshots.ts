import { NotFoundError } from '../../errors/index.js';
import { isMap, type CallOptions, type Json } from '../../orm/index.js';
import { asObject, asObjects } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { serverFacts } from '../kind/server-facts.js';

/**
 * The snapshots of a volume that LXD 5.0 lists none of where another cluster member has it: they are told of in the list of
 * volumes, as `volume/snapshot`, and can be read one by one. Costs nothing on other servers, once they are known.
 */
export async function missedSnapshots(
  session: Session,
  collection: string,
  options: CallOptions,
): Promise<Json[]> {
  const { product, clustered } = await serverFacts(session, options);
  if (product !== 'lxd' || !clustered) return [];
  const volume = collection.replace(/\/snapshots$/, '');
  const [, pool = '', type = '', name = ''] = /^(.*)\/volumes\/([^/]+)\/([^/]+)$/.exec(volume) ?? [];
  const request = { method: 'GET', path: `${pool}/volumes/${type}`, query: { recursion: 1 }, ...options };
  const [volumes, { location }] = await Promise.all([
    session
      .send(request)
      .then((answer) => asObjects<{ name?: unknown; location?: unknown }>(answer, request)),
    readOne(session, volume, options),
  ]);
  const prefix = `${decodeURIComponent(name)}/`;
  const listed = volumes.flatMap((one) =>
    typeof one.name === 'string' && one.name.startsWith(prefix) && one.location === location
      ? [one.name.slice(prefix.length)]
      : [],
  );
  const read = await Promise.all(
    listed.map(async (snapshot) =>
      readOne(session, `${collection}/${encodeURIComponent(snapshot)}`, options).catch((error: unknown) => {
        if (error instanceof NotFoundError) return undefined; // it has just gone
        throw error;
      }),
    ),
  );
  return read.filter(isMap);
}

async function readOne(session: Session, path: string, options: CallOptions) {
  const request = { method: 'GET', path, ...options };
  return asObject<Record<string, Json>>(await session.send(request), request);
}
