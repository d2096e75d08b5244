import type { MemberRecord } from '../../cluster/records.js';
import type { Call } from '../../http/call.js';
import { noSuchMethod, started, sync } from '../../http/reply.js';
import { dict } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import { Refusal } from '../../state/refusal.js';
import type { InstanceRecord } from '../instances/records.js';
import { expandedConfig } from '../instances/state/expand.js';
import { Power } from '../instances/state/power.js';
import type { ProjectRecord } from '../projects/project.js';
import { poolsOf } from '../storage/shelves.js';
import { instancesOn } from './on-member.js';

const origin = 'volatile.evacuate.origin';
const power = 'volatile.last_state.power';

/** Which modes of an evacuation are looked at, and refused where they are none of these. */
const quirks = {
  lxd: { modes: undefined },
  incus: { modes: 'auto migrate live-migrate stop stateful-stop force-stop' },
};

const shape = { type: 'ClusterMemberStatePost', fields: { action: 'string', mode: 'string' } } as const;

/** @throws Refusal also where there is no cluster */
function find({ state: { cluster }, params }: Call): MemberRecord {
  const member = cluster?.members.get(params.name ?? '');
  if (!member) throw new Refusal(404, 'Cluster member not found');
  return member;
}

/** GET: how a member does. */
export function memberState(call: Call): Response {
  if (!call.product.extensions.includes('cluster_member_state')) throw new Refusal(501, noSuchMethod);
  find(call);
  const memory = 8 * 2 ** 30;
  const sysinfo = {
    ...{ uptime: 3600, load_averages: [0.5, 0.25, 0.125], total_ram: memory, free_ram: memory / 2 },
    ...{ shared_ram: 0, buffered_ram: 0, total_swap: 0, free_swap: 0, processes: 100 },
    ...(call.product.name === 'lxd' && { logical_cpus: 2 }),
  };
  const space = { space: { used: 2 ** 30, total: 2 ** 34 }, inodes: { used: 1000, total: 2 ** 20 } };
  const pools = [...poolsOf(call.state).keys()].map((name) => [name, space] as const);
  return sync({ sysinfo, storage_pools: Object.fromEntries(pools) });
}

/** POST: evacuates or restores a member. */
export async function changeMember(call: Call): Promise<Response> {
  const member = find(call);
  const { action = '', mode = '' } = await call.body<{ action: string; mode: string }>(shape);
  if (action !== 'evacuate' && action !== 'restore') throw new Refusal(400, `Unknown action "${action}"`);
  const { state, product } = call;
  const { modes } = quirks[product.name];
  if (action === 'evacuate' && modes && mode !== '' && !modes.split(' ').includes(mode))
    throw new Refusal(400, `Invalid value "${mode}" (not one of [${modes}])`);
  const isEvacuation = action === 'evacuate';
  const heeds = product.extensions.includes('clustering_evacuation_mode');
  const skips = mode === 'skip' && product.extensions.includes('clustering_restore_skip_mode');
  const operation = state.operations.start({
    project: 'default',
    description: isEvacuation ? 'Evacuating cluster member' : 'Restoring cluster member',
    resources: product.noResources,
    run(running) {
      const change = new Change(call, member, running);
      if (isEvacuation) change.evacuate(heeds ? mode : '');
      else change.restore(skips);
    },
  });
  return started(operation);
}

/** One evacuation or restoration. */
class Change {
  readonly #call: Call;
  readonly #member: MemberRecord;
  readonly #operation: Operation;

  constructor(call: Call, member: MemberRecord, operation: Operation) {
    this.#call = call;
    this.#member = member;
    this.#operation = operation;
  }

  /** What stays is stopped; what goes to another member runs there as before. */
  evacuate(mode: string): void {
    if (this.#member.isEvacuated) throw new Refusal(500, 'Cluster member is already evacuated');
    this.#member.isEvacuated = true;
    for (const [project, instance] of instancesOn(this.#call.state, this.#member)) {
      const own = mode === '' ? expandedConfig(project, instance)['cluster.evacuate'] : mode;
      const target = own?.includes('stop') ? undefined : this.#target();
      const ran = this.#stop(project, instance);
      if (!target) {
        if (ran) instance.config = dict(instance.config, { [power]: 'RUNNING' });
        continue;
      }
      this.#progress(`Migrating "${instance.name}" in project "${project.name}" to "${target.name}"`);
      instance.member = target;
      instance.config = dict(instance.config, { [origin]: this.#member.name });
      if (ran) this.#start(project, instance);
    }
    this.#tell('evacuated');
  }

  restore(skips: boolean): void {
    if (!this.#member.isEvacuated) throw new Refusal(500, 'Cluster member is already restored');
    this.#member.isEvacuated = false;
    for (const [project, instance] of skips ? [] : instancesOn(this.#call.state, this.#member))
      if (instance.status === 'Stopped' && instance.config[power] === 'RUNNING')
        this.#start(project, instance);
    for (const project of this.#call.state.projects.values())
      for (const instance of project.instances.values()) {
        if (skips || instance.config[origin] !== this.#member.name) continue;
        const ran = this.#stop(project, instance);
        instance.member = this.#member;
        const { [origin]: _, ...config } = instance.config;
        instance.config = dict(config);
        if (ran) this.#start(project, instance);
      }
    this.#tell('restored');
  }

  /** Of those that are there and may get something, the one with the least. */
  #target(): MemberRecord | undefined {
    const { state } = this.#call;
    const others = [...(state.cluster?.members.values() ?? [])].filter(
      (one) => one !== this.#member && state.cluster?.statusOf(one).status === 'Online',
    );
    const load = (one: MemberRecord) => instancesOn(state, one).length;
    return others.sort((a, b) => load(a) - load(b))[0];
  }

  /** Whether it ran. */
  #stop(project: ProjectRecord, instance: InstanceRecord): boolean {
    if (instance.status === 'Stopped') return false;
    this.#progress(`Stopping "${instance.name}" in project "${project.name}"`);
    new Power(this.#call.state, project, instance).stop(false, true);
    return true;
  }

  #start(project: ProjectRecord, instance: InstanceRecord): void {
    this.#progress(`Starting "${instance.name}" in project "${project.name}"`);
    new Power(this.#call.state, project, instance).start();
  }

  #progress(text: string): void {
    this.#operation.update({ evacuation_progress: text });
  }

  /** LXD tells of it since there are such events. */
  #tell(what: string): void {
    const { state, product } = this.#call;
    if (product.name === 'lxd' && !product.extensions.includes('clustering_evacuation_mode')) return;
    state.lifecycle('default', `cluster-member-${what}`, ['cluster', 'members', this.#member.name]);
  }
}
