import type { Target } from '../http/target.js';
import { networksOf } from '../kinds/networks/records.js';
import { poolsOf } from '../kinds/storage/shelves.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import type { MemberRecord } from './records.js';

const instanceKinds = ['instances', 'containers', 'virtual-machines'];

/** Paths at which `?target=` names the member that is asked: what is each one's own, or has a part on each. */
const targeted =
  /^(?:resources|metrics|storage-pools\/[^/]+(?:\/resources|\/(?:volumes|buckets)(?:\/.*)?)?|networks\/[^/]+(?:\/state|\/forwards(?:\/.*)?)?)?$/;

/** Lists of what each member has its own of: a GET asks for those of all. */
const forwardList = /^networks\/[^/]+\/forwards$/;

interface Asked {
  state: State;
  project: ProjectRecord | undefined;
  method: string;
}

/** The member that a request is for, whoever was asked; undefined where any can answer. @throws Refusal 404 for a target that is no member */
export function ownerOf(state: State, { segments, query }: Target, method = 'GET'): MemberRecord | undefined {
  const { cluster } = state;
  if (!cluster) return undefined;
  const [, kind = '', name = '', ...rest] = segments.map(decodeURIComponent);
  const project = state.projects.get(query.get('project') || 'default');
  if (instanceKinds.includes(kind)) return project?.instances.get(name)?.member;
  if (kind === 'operations') return state.operations.memberOf(name);
  const path = segments.slice(1).join('/');
  if (/^cluster\/members\/[^/]+\/state$/.test(path)) return cluster.members.get(rest[0] ?? '');
  if (kind === 'storage-pools' && isLocal(state, method, rest)) return undefined;
  const target = query.get('target');
  if (target && targeted.test(path)) {
    return forwardList.test(path) && method === 'GET' ? undefined : cluster.member(target);
  }
  const asked = { state, project, method };
  if (kind === 'storage-pools' && rest[0] === 'volumes') return ofVolume(asked, name, rest.slice(1));
  if (kind === 'networks' && rest[0] === 'forwards') return ofForward(asked, name, rest[1]);
  return undefined;
}

/** The members whose shelf at this path has that name. */
function membersWith({ state }: Asked, project: ProjectRecord, path: string[], name: string): MemberRecord[] {
  const members = [...(state.cluster?.members.values() ?? [])];
  return members.filter((member) => project.shelves.at(path, member).has(name));
}

/** What no member passes on: it answers of its own volumes, whatever the target. */
function isLocal({ product }: State, method: string, [, , name, below, ...more]: string[]): boolean {
  if (method !== 'GET' || name === undefined || more.length > 0) return false;
  return below === 'state' || (below === 'snapshots' && product.name === 'lxd');
}

/** A volume is asked for where it is. */
function ofVolume(asked: Asked, pool: string, [type = '', name]: string[]): MemberRecord | undefined {
  const { state, project } = asked;
  if (name === undefined || !project || !poolsOf(state).has(pool)) return undefined;
  if (type !== 'custom') return project.instances.get(name)?.member;
  const owner = project.having('storage.volumes');
  const [first, ...others] = membersWith(asked, owner, ['storage-pools', pool, 'volumes', type], name);
  if (others.length > 0) {
    const text = `More than one cluster member has a volume named "${name}". Please target a specific member`;
    throw new Refusal(500, text);
  }
  return first;
}

/** A forward is asked for where it is; only the one that is asked deletes one of its own. */
function ofForward(asked: Asked, network: string, address = ''): MemberRecord | undefined {
  const owner = asked.project?.having('networks');
  if (!owner || asked.method === 'DELETE' || !networksOf(owner).has(network)) return undefined;
  const [first, ...others] = membersWith(asked, owner, ['networks', network, 'forwards'], address);
  if (others.length > 0) {
    const text = 'Network forward found on more than one cluster member. Please target a specific member';
    throw new Refusal(409, text);
  }
  return first;
}
