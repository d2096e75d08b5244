import { NotFoundError } from '../../errors/index.js';
import type { Operation, StartOptions, Unwaited, Waited } from '../../operations/index.js';
import { field, toValue, type CallOptions, type Json } from '../../orm/index.js';
import type { InstanceConfig, InstanceType } from '../../rest/endpoints/index.js';
import { Resource } from '../kind/resource.js';
import { changeState, type StateOptions } from './state-change.js';
import { InstanceState } from './state.js';

/** What an instance does, in the server's words. */
export type InstanceStatus = 'Running' | 'Stopped' | 'Frozen' | 'Error' | (string & {});

/** What the server says of an instance, and the states that it can be put into; the rest is `Instance`. */
export abstract class PoweredInstance extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** The instance's own configuration; what its profiles add is in `expandedConfig`. */
  @field({ writable: true, form: 'map' }) config!: InstanceConfig;
  /** The instance's own devices by name. */
  @field({ writable: true, form: 'maps' }) devices!: Record<string, Record<string, string>>;
  /** The profiles that apply, the later over the earlier. */
  @field({ writable: true, form: 'list' }) profiles!: string[];
  /** Whether it is deleted when it stops. */
  @field({ writable: true, scalar: 'boolean' }) ephemeral!: boolean;
  @field({ writable: true, scalar: 'string' }) architecture!: string;
  @field({ scalar: 'boolean' }) readonly stateful!: boolean;
  @field() readonly type!: InstanceType;
  /** As of the last reading; `state()` asks. */
  @field() readonly status!: InstanceStatus;
  @field() readonly statusCode!: number;
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  @field({ form: 'time' }) readonly lastUsedAt!: Date | null;
  /** The cluster member that it is on; `none` on a single server. */
  @field() readonly location!: string;
  @field() readonly project!: string;
  /** `config` with what the profiles add, as of the last reading. */
  @field({ form: 'map' }) readonly expandedConfig!: Readonly<InstanceConfig>;
  @field({ form: 'maps' })
  readonly expandedDevices!: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The state that `all({ recursion: 2 })` brought; undefined after other readings: ask with `state()`. */
  @field({ wire: 'state', type: () => InstanceState }) readonly fetchedState!: InstanceState | undefined;

  /** What it does at the moment (GET /1.0/instances/{name}/state). */
  async state(options: CallOptions = {}): Promise<InstanceState> {
    const { metadata } = await this.session.send({ method: 'GET', path: `${this.path}/state`, ...options });
    return toValue(InstanceState, metadata as Json);
  }

  /** Starts it; `stateful` from the state kept by a stateful stop. */
  start(options?: StateOptions & Waited): Promise<this>;
  start(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async start(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('start', options);
  }

  /**
   * Shuts it down. Without `force` its init has to agree; `timeout` is how long that may take, in ms, and the server
   * gives up with us. `force` pulls the plug.
   */
  stop(options?: StateOptions & Waited): Promise<this>;
  stop(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async stop(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('stop', options);
  }

  restart(options?: StateOptions & Waited): Promise<this>;
  restart(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async restart(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('restart', options);
  }

  /** Stops its processes where they are. */
  freeze(options?: StateOptions & Waited): Promise<this>;
  freeze(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async freeze(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('freeze', options);
  }

  unfreeze(options?: StateOptions & Waited): Promise<this>;
  unfreeze(options: StateOptions & Unwaited): Promise<Operation<this>>;
  async unfreeze(options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change('unfreeze', options);
  }

  /** Changes the state by the server's own word for it; an unknown one is refused before anything is sent. */
  setState(action: string, options?: StateOptions & Waited): Promise<this>;
  setState(action: string, options: StateOptions & Unwaited): Promise<Operation<this>>;
  async setState(action: string, options: StateOptions & StartOptions = {}): Promise<this | Operation<this>> {
    return this.#change(action, options);
  }

  /** @internal After an operation changed it: read it anew, if it had been read; an ephemeral one may be gone. */
  async refreshed(): Promise<this> {
    if (!this.isFetched) return this;
    try {
      return await this.fetch();
    } catch (error) {
      if (error instanceof NotFoundError && this.raw('ephemeral') === true) return this;
      throw error;
    }
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.status] : [];
  }

  async #change(action: string, options: StateOptions & StartOptions): Promise<this | Operation<this>> {
    return changeState(this.session, this.path, action, options, () => this.refreshed());
  }
}
