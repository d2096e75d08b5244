import { assertOptions, named } from '../../errors/index.js';
import {
  callNames,
  run,
  startNames,
  type Ended,
  type StartOptions,
  type WaitOf,
} from '../../operations/index.js';
import { field, part, toValue, type CallOptions } from '../../orm/index.js';
import type { ReplicatorConfig } from '../../rest/endpoints/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/** How the last run of a replicator went, or that it never ran (`Pending`). */
export type ReplicatorStatus = 'Pending' | 'Running' | 'Completed' | 'Failed' | (string & {});

/** What a replicator does now. */
export class ReplicatorState {
  @part() readonly status!: ReplicatorStatus;
}

/**
 * A replicator: copies the instances of its project to another cluster, each time anew
 * (`/1.0/replicators/{name}`); LXD with the API extension replicators.
 */
export class Replicator extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** `cluster` names the link to the other cluster, of which a project has one replicator; `schedule` is a cron expression. */
  @field({ writable: true, form: 'map' }) config!: ReplicatorConfig;
  @field() readonly project!: string;
  /** Null where it never ran. */
  @field({ form: 'time' }) readonly lastRunAt!: Date | null;
  /** No event tells of the end of a run: `waitFor()` sees it, and `fetch()`. */
  @field() readonly lastRunStatus!: ReplicatorStatus;

  /** What it does now (GET /1.0/replicators/{name}/state). */
  async state(options: CallOptions = {}): Promise<ReplicatorState> {
    assertOptions(options, callNames, 'state()');
    this.assertUsable();
    await this.store.assertOffered(options);
    return toValue(ReplicatorState, await this.readObject('state', options));
  }

  /**
   * Copies the project's instances to the other cluster (PUT /1.0/replicators/{name}/state), each after a snapshot of it
   * unless it has a schedule of its own for those. The project must be `leader` here and `standby` there.
   * @throws BadRequestError for projects of another mode; ConflictError while it runs; OperationError
   */
  async run<W extends boolean = WaitOf<this>>(options: StartOptions<W> = {}): Promise<Ended<this, W>> {
    return this.#start('run()', 'start', options);
  }

  /**
   * Brings the project's instances here to what they are on the other cluster, after that has become the leader (PUT
   * /1.0/replicators/{name}/state): those that are there are overwritten, and have to be stopped; those that are here
   * alone stay. @throws as `run()`
   */
  async restore<W extends boolean = WaitOf<this>>(options: StartOptions<W> = {}): Promise<Ended<this, W>> {
    return this.#start('restore()', 'restore', options);
  }

  async #start<W extends boolean>(
    method: string,
    action: 'start' | 'restore',
    options: StartOptions<W>,
  ): Promise<Ended<this, W>> {
    assertOptions(options, startNames, method);
    const { path, session } = this;
    await this.store.assertOffered({ signal: options.signal });
    const request = { method: 'PUT', path: `${path}/state`, body: { action } };
    return run(session, request, options, async () => (this.isFetched ? this.fetch() : this));
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.lastRunStatus] : [];
  }
}

/** A new replicator; its config has to name a `cluster`. */
export type ReplicatorInput = InputOf<Replicator, 'description' | 'config'>;

/** @internal */
export const replicators = kind<Replicator, ReplicatorInput>({
  name: 'replicator',
  path: '/1.0/replicators/{name}',
  model: Replicator,
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true }, // a PATCH takes no key away
  filter: 'none',
  needs: { product: 'lxd', extension: 'replicators' },
  allProjects: 'replicators', // since there are any
  events: { of: 'replicator' },
});

named({ Replicator, ReplicatorState });
