import { expandedConfig } from './expand.js';
import { removeInstance } from './remove.js';
import { InstanceConsole } from './console.js';
import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';
import { never } from '../../../state/time.js';
import { noteStart, noteStop } from './volatile.js';
import { migrationQuirks } from '../../../migration/quirks.js';
import { quirks as shared } from '../quirks.js';
import { runtimeOf } from './runtime.js';

const quirks = {
  lxd: {
    /** Of a stateful start of what was not stopped so. */
    noState: 'Container has no existing state to restore',
    freezeStopped: "The container isn't running",
  },
  incus: {
    noState: 'Instance has no existing state to restore',
    freezeStopped: "The instance isn't running",
  },
};

/** What `PUT …/state` can ask for, with the words for it in the operation. */
export const actions = {
  start: 'Starting instance',
  stop: 'Stopping instance',
  restart: 'Restarting instance',
  freeze: 'Freezing instance',
  unfreeze: 'Unfreezing instance',
} as const;

/** One of these actions. */
export type Action = keyof typeof actions;

/** Starts, stops or freezes an instance, or says why the server would not. */
export class Power {
  readonly #state: State;
  readonly #project: ProjectRecord;
  readonly #instance: InstanceRecord;

  constructor(state: State, project: ProjectRecord, instance: InstanceRecord) {
    this.#state = state;
    this.#project = project;
    this.#instance = instance;
  }

  do(action: Action, stateful = false, force = false): void {
    switch (action) {
      case 'start':
        return this.start(stateful);
      case 'stop':
        return this.stop(stateful, force);
      case 'restart':
        return this.#restart(force);
      case 'freeze':
        return this.#freeze();
      case 'unfreeze':
        return this.#unfreeze();
    }
  }

  start(stateful = false): void {
    const [instance, state] = [this.#instance, this.#state];
    if (instance.status !== 'Stopped') throw new Refusal(500, 'The instance is already running');
    if (instance.arriving) throw new Refusal(500, migrationQuirks[state.product.name].arriving.start);
    if (stateful) {
      this.#needMigrationStateful('start');
      if (!instance.stateful) throw new Refusal(500, quirks[state.product.name].noState);
    }
    this.#boot();
    this.#tell('started');
  }

  stop(stateful = false, force = false): void {
    const [instance, project] = [this.#instance, this.#project];
    if (stateful) this.#needMigrationStateful('stop');
    if (instance.status === 'Stopped') throw new Refusal(400, 'The instance is already stopped');
    this.#halt();
    instance.stateful = stateful;
    this.#tell(force || stateful ? 'stopped' : 'shutdown');
    if (instance.ephemeral) removeInstance(this.#state, project, instance);
  }

  #restart(force: boolean): void {
    const { status } = this.#instance;
    if (status === 'Stopped') throw new Refusal(400, 'The instance is already stopped');
    if (status === 'Frozen' && !force) throw new Refusal(500, 'Instance is not running');
    this.#halt();
    this.#boot();
    this.#tell('restarted');
  }

  #freeze(): void {
    const [instance, state] = [this.#instance, this.#state];
    if (instance.status === 'Stopped') throw new Refusal(500, quirks[state.product.name].freezeStopped);
    if (instance.status === 'Frozen') throw new Refusal(500, 'The container is already frozen');
    instance.status = 'Frozen';
    this.#tell('paused');
  }

  #unfreeze(): void {
    const instance = this.#instance;
    if (instance.status === 'Stopped') throw new Refusal(500, "The container isn't running");
    if (instance.status === 'Running') throw new Refusal(500, 'The container is already running');
    instance.status = 'Running';
    this.#tell('resumed');
  }

  #boot(): void {
    const [instance, state, project] = [this.#instance, this.#state, this.#project];
    instance.status = 'Running';
    instance.console ??= new InstanceConsole();
    instance.stateful = false;
    instance.pid = ++runtimeOf(state).lastPid;
    instance.lastUsedAt = instance.startedAt = state.now();
    noteStart(state, project, instance);
  }

  #halt(): void {
    const [instance, state, project] = [this.#instance, this.#state, this.#project];
    runtimeOf(state).processes.killAll(instance);
    instance.console?.halt();
    instance.status = 'Stopped';
    instance.startedAt = never;
    noteStop(state, project, instance);
  }

  #needMigrationStateful(action: 'start' | 'stop'): void {
    const isSet = expandedConfig(this.#project, this.#instance)['migration.stateful'] === 'true';
    const refusal = shared[this.#state.product.name].needsMigrationStateful?.[action];
    if (refusal && !isSet) throw new Refusal(400, refusal);
  }

  #tell(what: string): void {
    this.#state.lifecycle(this.#project.name, `instance-${what}`, ['instances', this.#instance.name]);
  }
}
