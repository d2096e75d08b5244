import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { createInstance } from './state/create.js';
import { renameInstance } from './state/rename.js';
import { removeInstance } from './state/remove.js';
import { deviceMap, dict, type DeviceMap, type StringMap } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import { devicesIn, poolOf } from '../storage/root-disks.js';
import type { InstanceRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { giveSnapshots } from './state/snapshots.js';
import { offerFields } from './migrate-source.js';
import { operateOn, type Found } from './find.js';
import { quirks as shared } from './quirks.js';
import { instanceResources } from './resources.js';

const stateless = 'Instance must be stopped to be moved statelessly';

const quirks = {
  lxd: {
    /** The name of the copy of an instance that keeps its own, until the old one has gone. */
    aside: (uuid: string) => `lxd-move-of-${uuid}`,
    /** Of what runs, at once, or by the operation, and live. */
    runningAtOnce: (_body: Partial<MoveBody>, _type: InstanceRecord['type']): string | undefined => undefined,
    running: (to: 'pools' | 'projects') => `Instance must be stopped to move between ${to} statelessly`,
    live: "Unable to perform container live migration. CRIU isn't installed",
    noProject: 'Failed creating instance record: Project not found',
    /** Of what the making of the copy refuses. */
    refused: (problem: string) => problem,
  },
  incus: {
    aside: (uuid: string) => `move-of-${String(BigInt(`0x${uuid.replaceAll('-', '').slice(0, 15) || '0'}`))}`,
    runningAtOnce({ live, pool }: Partial<MoveBody>, type: InstanceRecord['type']): string | undefined {
      if (!live) return stateless;
      if (!pool) return 'Instance must be stopped to be moved across projects';
      return type === 'container'
        ? 'Storage pool change supported only by virtual-machines'
        : 'Storage pool can be specified only together with target flag';
    },
    running: (_: 'pools' | 'projects') => stateless,
    live: stateless,
    noProject: 'Failed requesting instance create on destination: Failed loading project: Project not found',
    refused: (problem: string) => `Instance move to destination failed: ${problem}`,
  },
};

/** Where an instance is moved to on its server. */
export interface MoveBody {
  name: string;
  project: string;
  pool: string;
  live: boolean;
  instance_only: boolean;
  container_only: boolean;
  Config: StringMap;
  Devices: DeviceMap;
  Profiles: string[];
}

/** The body of a POST to an instance: a new name, or where it is moved to. */
export const instancePost: Shape = {
  type: 'InstancePost',
  fields: {
    ...offerFields,
    project: 'string',
    pool: 'string',
    Config: 'map',
    Devices: 'devices',
    Profiles: 'strings',
  },
};

/** Moves an instance to another pool or project: the servers copy it, and delete the old one. */
export function moveInstance(call: Call, found: Found, body: Partial<MoveBody>): Response {
  const { product } = call;
  const { instance } = found;
  if (instance.status !== 'Stopped') {
    const refusal = quirks[product.name].runningAtOnce(body, instance.type);
    if (refusal) throw new Refusal(400, refusal);
  }
  // LXD leaves its project out.
  const named = shared[product.name].copiesToMove ? found.project.name : 'default';
  const resources = { instances: [product.url(named, ['instances', instance.name])] };
  const run = (present: InstanceRecord, operation: Operation): void =>
    new Move(call, found.project, present, body, operation).run();
  return operateOn(call, found, 'Migrating instance', run, resources);
}

/** One move on its way. */
class Move {
  readonly #call: Call;
  readonly #project: ProjectRecord;
  readonly #instance: InstanceRecord;
  readonly #body: Partial<MoveBody>;
  readonly #operation: Operation;
  readonly #target: ProjectRecord;
  readonly #copies: boolean;
  /** In its project. */
  readonly #stays: boolean;

  constructor(
    call: Call,
    project: ProjectRecord,
    instance: InstanceRecord,
    body: Partial<MoveBody>,
    operation: Operation,
  ) {
    this.#call = call;
    this.#project = project;
    this.#instance = instance;
    this.#body = body;
    this.#operation = operation;
    const { product, state } = call;
    const texts = quirks[product.name];
    const { copiesToMove, livesByDefault } = shared[product.name];
    this.#copies = copiesToMove;
    const isLive = body.live ?? livesByDefault;
    const to = body.pool ? 'pools' : 'projects';
    if (instance.status !== 'Stopped') {
      this.#refuse(isLive ? texts.live : texts.running(to));
    }
    if (this.#copies && body.pool && body.pool === poolOf(project, instance)) {
      this.#refuse('Requested storage pool is the same as current pool');
    }
    // LXD looks at the first of the two that it knows, and forgets the other.
    const elsewhere = !this.#copies && body.pool ? '' : (body.project ?? '');
    this.#stays = elsewhere === '';
    this.#target = this.#stays
      ? project
      : (state.projects.get(elsewhere) ?? this.#refuse(texts.noProject, 404));
  }

  run(): void {
    const [call, project, instance] = [this.#call, this.#project, this.#instance];
    const { state } = call;
    if (this.#copies && this.#next !== instance.name) renameInstance(state, project, instance, this.#next);
    const isAside = this.#stays && (this.#copies || this.#next === instance.name);
    const name = isAside
      ? quirks[call.product.name].aside(instance.config['volatile.uuid'] ?? '')
      : this.#next;
    const made = this.#aside('Creating instance', [name, instance.name], () => this.#copy(name));
    removeInstance(state, project, instance);
    if (isAside)
      this.#aside('Renaming instance', [name], () => renameInstance(state, project, made, this.#next));
  }

  get #next(): string {
    return this.#body.name || this.#instance.name;
  }

  #copy(name: string): InstanceRecord {
    const [call, instance, body] = [this.#call, this.#instance, this.#body];
    const { state, product } = call;
    const target = this.#target;
    const { files, imageData, lastUsedAt } = instance;
    const wanted = {
      ...instance,
      name,
      config: dict(instance.config, this.#copies ? body.Config : undefined),
      devices: this.#devices(),
      profiles: this.#profiles,
    };
    let made: InstanceRecord;
    try {
      made = createInstance(state, target, wanted);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      return this.#refuse(quirks[product.name].refused(error.message));
    }
    const { config } = wanted;
    if (this.#copies) config['volatile.apply_template'] ??= 'copy';
    Object.assign(made, { config, files, imageData, lastUsedAt });
    const isBare = body.instance_only ?? body.container_only ?? false;
    if (!isBare) giveSnapshots(state, target, made, instance.snapshots.values());
    return made;
  }

  /** LXD makes every root disk one of its own; Incus one that it would not find where it goes. */
  #devices(): DeviceMap {
    const [project, instance, body] = [this.#project, this.#instance, this.#body];
    const pool = poolOf(project, instance);
    const there = poolOf(this.#target, { ...instance, profiles: this.#profiles });
    const moves = body.pool || (this.#copies && there === pool ? '' : pool);
    const devices = moves ? devicesIn(project, instance, moves) : deviceMap(instance.devices);
    return this.#copies ? deviceMap({ ...devices, ...body.Devices }) : devices;
  }

  get #profiles(): string[] {
    return (this.#copies ? this.#body.Profiles : undefined) ?? this.#instance.profiles;
  }

  /** Incus asks itself, with operations of their own. */
  #aside<T>(description: string, names: string[], work: () => T): T {
    if (!this.#copies) return work();
    const { product, state } = this.#call;
    let result: { value: T } | undefined;
    const one = state.operations.start({
      project: this.#target.name,
      description,
      resources: instanceResources(product, this.#target.name, names, this.#instance.type),
      time: Infinity,
      run: () => void (result = { value: work() }),
    });
    one.finish();
    if (result) return result.value;
    this.#operation.update({});
    throw new Refusal(500, one.error);
  }

  #refuse(text: string, status = 500): never {
    throw new Refusal(status, text);
  }
}
