import type { Call } from '../http/call.js';
import { Refusal } from '../state/refusal.js';
import type { State } from '../state/state.js';
import type { MemberRecord } from './records.js';

const missing = {
  lxd: () => 'Cluster member not found',
  incus: (name: string) => `Cluster member "${name}" not found`,
};

/** The member or the group of members that a request names. @throws Refusal for what is neither */
export function candidates({ state, product }: Call, target: string): MemberRecord[] {
  const { cluster } = state;
  if (!cluster) return [];
  if (!target.startsWith('@')) return [cluster.member(target, missing[product.name](target))];
  const group = target.slice(1);
  if (!cluster.groups.has(group)) throw new Refusal(400, `Cluster group "${group}" doesn't exist`);
  return [...cluster.members.values()].filter(({ groups }) => groups.includes(group));
}

/** Where a new instance goes: where it is wanted, or to that of the members which has the fewest. @throws Refusal */
export function placeFor(call: Call, target: string): MemberRecord | undefined {
  const { state } = call;
  if (!state.cluster) return undefined;
  if (target && !target.startsWith('@')) {
    const [member] = candidates(call, target);
    if (member?.isEvacuated) throw new Refusal(403, 'Cluster member is evacuated');
    return member;
  }
  const wanted = target ? candidates(call, target) : [...state.cluster.members.values()];
  const able = wanted.filter((member) => !member.isEvacuated && state.cluster?.isOnline(member));
  return able.sort((a, b) => countOn(state, a) - countOn(state, b))[0];
}

function countOn({ projects }: State, member: MemberRecord): number {
  const all = [...projects.values()].flatMap(({ instances }) => [...instances.values()]);
  return all.filter((instance) => instance.member === member).length;
}
