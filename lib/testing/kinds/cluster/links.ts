import { kind, type Says } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import type { State } from '../../state/state.js';
import { forget, identitiesOf } from '../auth/records.js';
import { createLink } from './link-create.js';
import { linkState } from './link-state.js';
import { linksOf, type LinkRecord } from './link-records.js';
import { linkName } from './names.js';

// Of newer LXD only, which is not here: by its source.

const volatile = 'Volatile configuration keys cannot be modified';
const known = ['volatile.addresses', 'volatile.pending_certificate', 'volatile.pending_address'];

/** Links to other clusters, which fakes with the option `https` make to each other, or to real ones. */
export const clusterLinks = kind<LinkRecord>({
  path: '/1.0/cluster/links/{name}',
  title: 'cluster link',
  extension: 'cluster_links',
  scope: 'server',
  badFilter: 'ignored',
  renamesPlainly: true,
  bodies: { create: 'ClusterLinksPost', write: 'ClusterLinkPut', rename: 'ClusterLinkPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'keeps' },
    type: { type: 'string', patch: 'given' },
    config: { type: 'map', patch: 'merges' },
    used_by: (link, place) =>
      place.product.extensions.includes('cluster_links_used_by') ? usersOf(link.name, place) : undefined,
  },
  etag: ['description', 'config'],
  order: 'name',
  event: 'cluster-link',
  texts: {
    missing: (name, method) => [
      404,
      `${lead(name, method)}Failed loading cluster link: Cluster link not found`,
    ],
    exists: (name) => [409, `Error inserting "${name}" into database: Cluster link already exists`],
    taken: () => [409, 'Cluster link already exists'],
  },
  named(name) {
    const wrong = linkName(name);
    return wrong === undefined ? undefined : [400, wrong];
  },
  check({ config }, _, before): Says | string | undefined {
    const own = (map: LinkRecord['config'] = {}) =>
      JSON.stringify(
        Object.entries(map)
          .filter(([key]) => key.startsWith('volatile.'))
          .sort(),
      );
    if (own(config) !== own(before?.config)) return [400, volatile];
    const odd = Object.keys(config).find((key) => !key.startsWith('user.') && !known.includes(key));
    return odd === undefined ? undefined : `Invalid cluster link configuration key "${odd}"`;
  },
  settle(link, _, before, body, isPatch) {
    link.type ||= 'bidirectional';
    if (isPatch && before && !body.description) link.description = before.description;
  },
  forbid(action, name, place) {
    const isUsed = action !== 'create' && usersOf(name, place).length > 0;
    const text = 'Cluster link is currently in use';
    return isUsed
      ? [400, action === 'delete' ? `Error deleting "${name}" from database: ${text}` : text]
      : undefined;
  },
  renamed(_, { name, identity }) {
    if (identity) Object.assign(identity, { name });
  },
  removing(name, { state }) {
    const { identity } = linksOf(state).get(name) ?? {};
    const one = identitiesOf(state).find((other) => other === identity);
    if (one) forget(state, one);
  },
  handlers: {
    list: { POST: createLink },
    guests: ['POST'], // who has a token
    more: { '/1.0/cluster/links/{name}/state': { GET: linkState } },
  },
});

const lead = (name: string, method: string): string =>
  method === 'DELETE' ? `Error deleting "${name}" from database: ` : 'Failed loading cluster link: ';

/** The replicators of every project that use it. */
function usersOf(name: string, { state, product }: { state: State; product: Place['product'] }): string[] {
  return [...state.projects.values()].flatMap((project) =>
    [...project.shelves.at<{ name: string; config: Record<string, string> }>(['replicators']).values()]
      .filter(({ config }) => config.cluster === name)
      .map((one) => product.url(project.name, ['replicators', one.name])),
  );
}
