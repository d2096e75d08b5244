import type { Cluster } from '../../cluster/cluster.js';
import type { GroupRecord } from '../../cluster/records.js';
import type { Call } from '../../http/call.js';
import { byName, listed } from '../../http/collection.js';
import { checkMatch, etag } from '../../http/etag.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict, sorted, withoutEmpty, type StringMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { clusterOf } from './alone.js';

/** What is said of groups, and what becomes of members that a write takes out of the only group that they are in. */
const quirks = {
  lxd: {
    missing: 'Cluster group not found',
    lost: () => new Refusal(500, 'Query deleted 0 rows instead of 1'),
    exists: 'This cluster group already exists',
    noMember: 'Insert nodes for cluster group: NOT NULL constraint failed: nodes_cluster_groups.node_id',
    keepsLast: false,
    patchesMembers: true,
    /** The new name in the answer to a rename, and in what is told of it. */
    renamed: encodeURIComponent,
  },
  incus: {
    missing: 'Cluster_group not found',
    lost: () => new Refusal(404, 'Cluster_group not found'),
    exists: 'Failed to create "cluster_groups" entry: UNIQUE constraint failed: cluster_groups.name',
    noMember:
      'Failed to create "nodes_clusters_groups" entry: NOT NULL constraint failed: nodes_cluster_groups.node_id',
    keepsLast: true,
    patchesMembers: false,
    renamed: (name: string) => name,
  },
};

interface Body {
  description: string;
  members: string[];
  config: StringMap;
}

const fields = { description: 'string', members: 'strings', config: 'map' } as const;

const hasConfig = ({ product }: Call) => product.extensions.includes('clustering_groups_config');

function quirksOf({ product }: Call): (typeof quirks)['lxd' | 'incus'] {
  return quirks[product.name];
}

function membersOf(cluster: Cluster, name: string): string[] {
  return [...cluster.members.values()].filter(({ groups }) => groups.includes(name)).map((one) => one.name);
}

/** As the server prints it, in its order. */
function printed(call: Call, cluster: Cluster, group: GroupRecord): Record<string, unknown> {
  const { extensions, name: product } = call.product;
  const usage = product === 'lxd' ? 'clustering_groups_used_by' : 'cluster_group_usedby';
  return {
    ...writable(call, cluster, group),
    name: group.name,
    ...(extensions.includes(usage) && { used_by: [] }),
  };
}

function writable(call: Call, cluster: Cluster, { name, description, config }: GroupRecord) {
  return {
    description,
    members: membersOf(cluster, name),
    ...(hasConfig(call) && { config: sorted(config) }),
  };
}

function find(call: Call): { cluster: Cluster; group: GroupRecord } {
  const cluster = clusterOf(call, 'groups');
  const group = cluster.groups.get(call.param('name'));
  if (!group) throw new Refusal(404, quirksOf(call).missing);
  return { cluster, group };
}

function list(call: Call): Response {
  const cluster = clusterOf(call, 'groups');
  const items = byName(cluster.groups.values()).map((group) => ({
    url: `/1.0/cluster/groups/${group.name}`,
    json: () => printed(call, cluster, group),
  }));
  return sync(listed(call, items));
}

/** What a new name may not have. */
const reserved: Readonly<Record<string, string>> = {
  '/': 'slashes',
  ' ': 'spaces',
  _: 'underscores',
  "'": 'quotes',
  '"': 'quotes',
};

function assertNewName(name: string): void {
  if (name === '') throw new Refusal(400, 'No name provided');
  const wrong = name.split('').find((character) => character in reserved);
  if (wrong) throw new Refusal(400, `Cluster group names may not contain ${reserved[wrong] ?? ''}`);
  if (name === '.' || name === '..') throw new Refusal(400, `Invalid cluster group name "${name}"`);
}

async function create(call: Call): Promise<Response> {
  const cluster = clusterOf(call, 'groups');
  const shape = { type: 'ClusterGroupsPost', fields: { ...fields, name: 'string' } } as const;
  const {
    name = '',
    description = '',
    members = [],
    config,
  } = await call.body<Body & { name: string }>(shape);
  assertNewName(name);
  const { exists, noMember } = quirksOf(call);
  if (cluster.groups.has(name)) throw new Refusal(500, exists);
  if (members.some((one) => !cluster.members.has(one))) throw new Refusal(500, noMember);
  const kept = hasConfig(call) ? withoutEmpty(dict(config)) : dict<string>();
  cluster.groups.set(name, { name, description, config: kept });
  for (const one of members) cluster.member(one).groups.push(name);
  tell(call, 'created', name);
  return created(`/1.0/cluster/groups/${name}`);
}

async function write(call: Call): Promise<Response> {
  const { cluster, group } = find(call);
  const { name } = group;
  const isPatch = call.request.method === 'PATCH';
  if (isPatch) checkMatch(call.request.headers, writable(call, cluster, group)); // and a PUT takes any
  const said = await call.body<Body>({ type: 'ClusterGroupPut', fields });
  const before = membersOf(cluster, name);
  const members = said.members ?? (isPatch ? before : []);
  const { keepsLast, patchesMembers } = quirksOf(call);
  if (isPatch && !patchesMembers && before.length > 1) {
    const rows = String(before.length);
    throw new Refusal(500, `Query deleted ${rows} NodeClusterGroup rows instead of 1`);
  }
  for (const one of members) cluster.member(one, 'Failed to get node info: Cluster member not found');
  group.description = said.description ?? (isPatch ? group.description : '');
  if (hasConfig(call)) group.config = withoutEmpty(dict(isPatch ? group.config : undefined, said.config));
  for (const member of cluster.members.values()) {
    const others = member.groups.filter((one) => one !== name);
    const stays = members.includes(member.name) || (keepsLast && others.length === 0);
    if (!stays) member.groups = others;
    else if (!member.groups.includes(name)) member.groups = [...member.groups, name].sort();
  }
  tell(call, 'updated', name);
  return done();
}

async function rename(call: Call): Promise<Response> {
  const name = call.param('name');
  if (name === 'default') throw new Refusal(403, 'The "default" group cannot be renamed');
  const cluster = clusterOf(call, 'groups');
  const shape = { type: 'ClusterGroupPost', fields: { name: 'string' } } as const;
  const { name: next = '' } = await call.body<{ name: string }>(shape);
  assertNewName(name); // they look at the old one, and take any
  if (cluster.groups.has(next)) throw new Refusal(500, `Name "${next}" already in use`);
  const group = cluster.groups.get(name);
  if (!group) throw new Refusal(500, 'Query affected 0 rows instead of 1');
  cluster.groups.delete(name);
  cluster.groups.set(next, Object.assign(group, { name: next }));
  for (const member of cluster.members.values())
    member.groups = member.groups.map((one) => (one === name ? next : one));
  const shown = quirksOf(call).renamed(next);
  tell(call, 'renamed', shown, { old_name: name });
  return created(`/1.0/cluster/groups/${encodeURIComponent(shown)}`);
}

function remove(call: Call): Response {
  const name = call.param('name');
  if (name === 'default') throw new Refusal(403, "The 'default' cluster group cannot be deleted");
  const cluster = clusterOf(call, 'groups');
  if (membersOf(cluster, name).length > 0) throw new Refusal(500, 'Only empty cluster groups can be removed');
  if (!cluster.groups.delete(name)) throw quirksOf(call).lost();
  return done(); // and neither tells of it
}

function tell(
  { state }: Call,
  past: 'created' | 'updated' | 'renamed',
  name: string,
  context?: Record<string, string>,
): void {
  state.lifecycle('default', `cluster-group-${past}`, ['cluster', 'groups', name], context);
}

/** Groups of the members of a cluster. */
export const groupRoutes: Route[] = [
  { path: '/1.0/cluster/groups', GET: list, POST: create },
  {
    path: '/1.0/cluster/groups/{name}',
    GET(call) {
      const { cluster, group } = find(call);
      return sync(printed(call, cluster, group), etag(writable(call, cluster, group)));
    },
    PUT: write,
    PATCH: write,
    POST: rename,
    DELETE: remove,
  },
];
