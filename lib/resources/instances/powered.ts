import { NotFoundError } from '../../errors/index.js';
import type { Ended, StartOptions, WaitOf } from '../../operations/index.js';
import { field, toValue, type CallOptions } from '../../orm/index.js';
import type { InstanceConfig, InstanceType } from '../../rest/endpoints/index.js';
import { Resource } from '../kind/resource.js';
import {
  changeState,
  power,
  type Powered,
  type PowerOptions,
  type StateOptions,
  type StopOptions,
} from './state-change.js';
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
  /**
   * `config` with what the profiles add, as of the last reading. After a `save()` it is not known until `fetch()`, since
   * the server makes it of what was saved: reading it is a NotFetchedError.
   */
  @field({ form: 'map', derived: true }) readonly expandedConfig!: Readonly<InstanceConfig>;
  /** `devices` with what the profiles add; as `expandedConfig`. */
  @field({ form: 'maps', derived: true })
  readonly expandedDevices!: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** The state that `all({ recursion: 2 })` brought; undefined after other readings: ask with `state()`. */
  @field({ wire: 'state', type: () => InstanceState }) readonly fetchedState!: InstanceState | undefined;

  /** Its current state (GET /1.0/instances/{name}/state). @throws NotFoundError */
  async state(options: CallOptions = {}): Promise<InstanceState> {
    return toValue(InstanceState, await this.readObject('state', options));
  }

  /**
   * Starts it (PUT /1.0/instances/{name}/state); `stateful` from the state kept by a stateful stop. A frozen one is
   * running for the servers: `unfreeze()`. @throws OperationError with the server's reason, e.g. that it is running
   * already, which `ifNeeded` takes for success
   */
  async start<W extends boolean = WaitOf<this>>(
    options: PowerOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return power(this.#powered, 'start', options, () => this.refreshed());
  }

  /**
   * Shuts it down (PUT /1.0/instances/{name}/state). Without `force` its init has to agree, for which the server waits
   * as long as `timeout` says, in whole seconds, or 10 minutes: then it gives up, and the instance is left as it is. It
   * has been asked, though, and may still shut down later. `force: true` pulls the plug, `force: 'afterTimeout'` does so
   * after the `timeout`. @throws TimeoutError; OperationError, e.g. for one that is stopped, which `ifNeeded` takes for
   * success
   */
  async stop<W extends boolean = WaitOf<this>>(
    options: StopOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return power(this.#powered, 'stop', options, () => this.refreshed());
  }

  /**
   * Stops and starts it (PUT /1.0/instances/{name}/state); `force` and `timeout` are those of the stop. One that has not
   * shut down in time is not started again when it does so later. @throws TimeoutError, OperationError
   */
  async restart<W extends boolean = WaitOf<this>>(
    options: StateOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return changeState(this.#powered, 'restart', options, () => this.refreshed());
  }

  /** Stops its processes where they are (PUT /1.0/instances/{name}/state). @throws OperationError, as `start()` does */
  async freeze<W extends boolean = WaitOf<this>>(
    options: PowerOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return power(this.#powered, 'freeze', options, () => this.refreshed());
  }

  /** Lets a frozen one go on (PUT /1.0/instances/{name}/state). @throws OperationError, as `start()` does */
  async unfreeze<W extends boolean = WaitOf<this>>(
    options: PowerOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return power(this.#powered, 'unfreeze', options, () => this.refreshed());
  }

  /** Changes the state by the server's own word for it; an unknown one is refused before anything is sent. */
  async setState<W extends boolean = WaitOf<this>>(
    action: string,
    options: StateOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return changeState(this.#powered, action, options, () => this.refreshed());
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

  get #powered(): Powered {
    return { session: this.session, path: this.path, title: this.toString() };
  }
}
