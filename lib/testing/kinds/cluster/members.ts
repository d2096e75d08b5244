import type { MemberRecord } from '../../cluster/records.js';
import type { Call } from '../../http/call.js';
import { flag, listed } from '../../http/collection.js';
import { checkMatch, etag } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict, sorted, withoutEmpty, type StringMap } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import { poolsOf } from '../storage/shelves.js';
import { clusterOf } from './alone.js';
import { changeMember, memberState } from './member-state.js';
import { offerJoin } from './join-tokens.js';
import { instancesOn } from './on-member.js';

/** What a rename of one that is not there is refused with, and what the instances of one are called that is to go. */
const quirks = {
  lxd: { instances: 'containers', lost: () => new Refusal(500, 'expected to update one row, not 0') },
  incus: { instances: 'instances', lost: () => new Refusal(404, 'Cluster member not found') },
};

/** What a write can say. */
interface Body {
  roles: string[];
  groups: string[];
  failure_domain: string;
  description: string;
  config: StringMap;
}

const shape = {
  type: 'ClusterMemberPut',
  fields: {
    roles: 'strings',
    failure_domain: 'string',
    description: 'string',
    config: 'map',
    groups: 'strings',
  },
} as const;

const renameShape = { type: 'ClusterMemberPost', fields: { server_name: 'string' } } as const;

const knownRoles = /^(?:database(?:-standby|-leader)?|event-hub|ovn-chassis)$/;

/** What of one can be written, in the server's order; one that a write to a group has left without any, has none. */
function writable(member: MemberRecord): Omit<Body, 'groups'> & { groups: string[] | null } {
  const { roles, failureDomain, description, config, groups } = member;
  const ofDatabase = (role: string) => role.startsWith('database');
  const shown = [...roles.filter((role) => !ofDatabase(role)), ...roles.filter(ofDatabase)];
  const rest = { failure_domain: failureDomain, description, config: sorted(config) };
  return { roles: shown, ...rest, groups: groups.length > 0 ? groups : null };
}

function printed({ state: { cluster } }: Call, member: MemberRecord): Record<string, unknown> {
  const { name, url, roles, architecture } = member;
  return {
    ...writable(member),
    ...{ server_name: name, url, database: roles.includes('database') },
    ...cluster?.statusOf(member),
    architecture,
  };
}

function list(call: Call): Response {
  const { members } = clusterOf(call, 'members');
  const items = [...members.values()].map((member) => ({
    url: `/1.0/cluster/members/${encodeURIComponent(member.name)}`,
    json: () => printed(call, member),
  }));
  return sync(listed(call, items));
}

function read(call: Call): Response {
  const member = clusterOf(call, 'members').member(call.param('name'));
  return sync(printed(call, member), etag(writable(member)));
}

/** PUT, and PATCH, which merges the config and nothing else. */
async function write(call: Call): Promise<Response> {
  const cluster = clusterOf(call, 'members');
  const member = cluster.member(call.param('name'));
  checkMatch(call.request.headers, writable(member));
  const { roles = [], groups = [], failure_domain: domain = '', ...said } = await call.body<Body>(shape);
  if (member.roles.includes('database') && !roles.includes('database'))
    throw new Refusal(400, 'The "database" role cannot be dropped at this time');
  if (!member.roles.includes('database') && roles.includes('database'))
    throw new Refusal(400, 'The "database" role cannot be added at this time');
  if (groups.length === 0) throw new Refusal(400, 'Cluster members need to belong to at least one group');
  const isPatch = call.request.method === 'PATCH';
  const config = dict(isPatch ? member.config : undefined, said.config);
  assertConfig(config);
  const other = roles.find((role) => !knownRoles.test(role));
  if (other !== undefined) throw new Refusal(500, `Update roles: Invalid cluster role "${other}"`);
  if (domain === '') throw new Refusal(500, "Update failure domain: Failure domain name can't be empty");
  if (groups.some((name) => !cluster.groups.has(name)))
    throw new Refusal(404, `Update cluster groups: Failed to add member to cluster group: ${noGroup(call)}`);
  Object.assign(member, { roles, groups, failureDomain: domain, description: said.description ?? '' });
  member.config = withoutEmpty(config);
  call.state.lifecycle('default', 'cluster-member-updated', ['cluster', 'members', member.name]);
  return done();
}

function noGroup({ product }: Call): string {
  const text = product.name === 'lxd' ? 'Cluster group not found' : 'Cluster_group not found';
  return `Failed to get cluster group ID: ${text}`;
}

function assertConfig(config: StringMap): void {
  for (const key of Object.keys(config)) {
    if (key.startsWith('user.')) continue;
    const says = `Invalid cluster configuration key ${JSON.stringify(key)}`;
    if (key !== 'scheduler.instance') throw new Refusal(500, says);
    if (!['', 'all', 'group', 'manual'].includes(config[key]!)) throw new Refusal(500, `${says} value`);
  }
}

/** POST: a rename. */
async function rename(call: Call): Promise<Response> {
  const { server_name: next = '' } = await call.body<{ server_name: string }>(renameShape);
  const { cluster } = call.state;
  const name = call.param('name');
  const member = cluster?.members.get(name);
  if (cluster?.members.has(next)) throw new Refusal(409, 'Conflict');
  if (!cluster || !member) throw quirks[call.product.name].lost();
  const before = [...cluster.members];
  cluster.members.clear(); // it keeps its place
  member.name = next;
  for (const [key, one] of before) cluster.members.set(one === member ? next : key, one);
  call.state.lifecycle('default', 'cluster-member-renamed', ['cluster', 'members', next], { old_name: name });
  return done();
}

/** DELETE: it must have nothing, and answer, unless it is forced. */
function remove(call: Call): Response {
  const cluster = clusterOf(call, 'members');
  const member = cluster.member(call.param('name'));
  const { state } = call;
  const own = instancesOn(state, member);
  const isForced = flag(call, 'force');
  if (own.length > 0 && !isForced) {
    const names = own.map(([, { name }]) => name).join(', ');
    const { instances } = quirks[call.product.name];
    throw new Refusal(500, `Node still has the following ${instances}: ${names}`);
  }
  if (member.liveness === 'killed' && !isForced) {
    const { host } = new URL(member.url);
    const path = poolsOf(state).size > 0 ? '/1.0/storage-pools/default' : '/internal/cluster/handover';
    const reason = `Unable to connect to: ${host} ([dial tcp ${host}: connect: connection refused])`;
    throw new Refusal(500, `Delete "${member.url}${path}": ${reason}`);
  }
  if (cluster.members.size === 1) throw new Refusal(500, 'Member is the only member in the cluster');
  for (const [project, { name }] of own) project.instances.delete(name);
  cluster.members.delete(member.name);
  call.state.lifecycle('default', 'cluster-member-removed', ['cluster', 'members', member.name]);
  return done();
}

/** The members of the cluster. */
export const memberRoutes: Route[] = [
  { path: '/1.0/cluster/members', GET: list, POST: offerJoin },
  {
    path: '/1.0/cluster/members/{name}',
    GET: read,
    PUT: write,
    PATCH: write,
    POST: rename,
    DELETE: remove,
  },
  { path: '/1.0/cluster/members/{name}/state', GET: memberState, POST: changeMember },
];
