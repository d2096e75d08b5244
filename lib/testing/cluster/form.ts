import { networksOf } from '../kinds/networks/records.js';
import { poolKeys } from '../kinds/storage/pools.js';
import { poolsOf } from '../kinds/storage/shelves.js';
import { dict, type StringMap } from '../state/maps.js';
import type { State } from '../state/state.js';
import { Cluster } from './cluster.js';
import type { MemberRecord } from './records.js';
import type { ClusterTimes } from './times.js';

/** Makes a server a cluster, all of whose members have what it has; instances, volumes and forwards are the first's. */
export function formCluster(
  state: State,
  members: readonly { name: string; url: string }[],
  times?: ClusterTimes,
): MemberRecord[] {
  state.cluster = new Cluster(state.clock, members, times);
  const all = [...state.cluster.members.values()];
  for (const pool of poolsOf(state).values()) {
    const [own, common] = [dict<string>(), dict<string>()];
    for (const key of Object.keys(pool.config)) (poolKeys.test(key) ? own : common)[key] = pool.config[key]!;
    pool.config = common;
    pool.parts = partsOf(all, own);
  }
  const [first] = all;
  for (const project of state.projects.values()) {
    if (first) project.shelves.give(first);
    for (const network of networksOf(project).values()) network.parts = partsOf(all);
    for (const instance of project.instances.values()) instance.member = first;
  }
  return all;
}

const partsOf = (members: MemberRecord[], own?: StringMap): Map<MemberRecord, StringMap> =>
  new Map(members.map((member) => [member, dict(own)]));
