import type { Target } from '../http/target.js';
import type { State } from '../state/state.js';
import type { MemberRecord } from './records.js';

const instanceKinds = ['instances', 'containers', 'virtual-machines'];

/** Paths at which `?target=` names the member that is asked: those of servers, and what each has a part of its own of. */
const targeted = /^\/1\.0(?:\/resources|\/metrics|\/(?:storage-pools|networks)\/.+)?$/;

/** The member that a request is for, whoever was asked; undefined where any can answer. @throws Refusal 404 for a target that is no member */
export function ownerOf(state: State, { path, segments, query }: Target): MemberRecord | undefined {
  const { cluster } = state;
  if (!cluster) return undefined;
  const [, kind = '', name = ''] = segments.map(decodeURIComponent);
  if (instanceKinds.includes(kind)) {
    const project = state.projects.get(query.get('project') || 'default');
    return project?.instances.get(name)?.member;
  }
  if (/^\/1\.0\/cluster\/members\/[^/]+\/state$/.test(path))
    return cluster.members.get(decodeURIComponent(segments[3] ?? ''));
  if (kind === 'operations') return state.operations.memberOf(name);
  const target = query.get('target');
  return target && targeted.test(path) ? cluster.member(target) : undefined;
}
