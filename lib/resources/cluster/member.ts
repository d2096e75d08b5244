import {
  AlreadyExistsError,
  assertOptions,
  ConflictError,
  InvalidInputError,
  named,
  type OptionNames,
} from '../../errors/index.js';
import { run, startNames, type Ended, type StartOptions, type WaitOf } from '../../operations/index.js';
import {
  assertNewName,
  field,
  isMissing,
  toValue,
  type CallOptions,
  type DeleteOptions,
} from '../../orm/index.js';
import type { ClusterMemberConfig } from '../../rest/endpoints/index.js';
import { storeKind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { assertExtension } from '../kind/server-facts.js';
import type { WaitForOptions } from '../watch/wait.js';
import { changeMember, type EvacuateMode, type MemberChangeOptions, type RestoreMode } from './evacuation.js';
import { ClusterMemberState } from './member-state.js';
import { waitForMember, type MemberTarget } from './member-wait.js';
import { ofClusters } from './standalone.js';

/** How a member is removed from its cluster. */
export interface ClusterMemberDeleteOptions<W extends boolean = boolean> extends DeleteOptions<W> {
  /** Also one that is away, or has instances: those are forgotten, whatever becomes of them on its host. */
  force?: boolean | undefined;
}

const deleteNames: OptionNames<ClusterMemberDeleteOptions> = { ...startNames, ifExists: true, force: true };

/**
 * A server of a cluster (`/1.0/cluster/members/{name}`). `save()` always writes the whole of it (PUT with If-Match): what a
 * PATCH leaves out, servers blank or refuse.
 */
export class ClusterMember extends Resource {
  @field({ key: true, wire: 'server_name' }) readonly name!: string;
  /** `Online`, `Offline`, `Evacuated` or `Blocked`; newer Incus has `Evacuating` and `Restoring`, too. */
  @field() readonly status!: 'Online' | 'Offline' | 'Evacuated' | 'Blocked' | (string & {});
  /** Why it is so, as a sentence. */
  @field() readonly message!: string;
  /** Where it is reached: `https://10.0.0.2:8443`. */
  @field() readonly url!: string;
  /**
   * `database`, `database-leader` and the like, which the servers give themselves and which must stay in; `event-hub` and,
   * on newer servers, others may be added. In no order.
   */
  @field({ writable: true, form: 'set' }) roles!: string[];
  /** The names of its groups, at least one, in no order. */
  @field({ writable: true, form: 'set' }) groups!: string[];
  /** Members of one of these are expected to go away together; `default` unless set. */
  @field({ writable: true, scalar: 'string' }) failureDomain!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: ClusterMemberConfig;
  @field({ scalar: 'string' }) readonly architecture!: string;
  /** Whether it is one of those that keep the database. */
  @field({ scalar: 'boolean' }) readonly database!: boolean;

  /**
   * Its load, memory and space (GET /1.0/cluster/members/{name}/state).
   * @throws UnsupportedError without the API extension cluster_member_state (LXD 5.0); ClusterMemberError while it is away
   */
  async state(options: CallOptions = {}): Promise<ClusterMemberState> {
    await assertExtension(this.session, 'cluster_member_state', 'state of cluster members', options);
    return toValue(ClusterMemberState, await this.readObject('state', options));
  }

  /**
   * Moves its instances to other members, or stops them, as `mode` or else the `cluster.evacuate` of each says, and resolves
   * with it, fetched: nothing new is placed on it until `restore()` (POST /1.0/cluster/members/{name}/state).
   * @throws OperationError for one that is evacuated already, unless `ifNeeded`; ClusterMemberError while it is away;
   * InvalidInputError for another mode; UnsupportedError for one that the server would ignore
   */
  async evacuate<W extends boolean = WaitOf<this>>(
    options: MemberChangeOptions<EvacuateMode, W> = {},
  ): Promise<Ended<this, W>> {
    return this.#change('evacuate', options);
  }

  /**
   * Ends an evacuation: the instances that were on it come back and are started if they ran, unless `mode` is `skip`.
   * Resolves with it, fetched (POST /1.0/cluster/members/{name}/state).
   * @throws OperationError for one that is not evacuated, unless `ifNeeded`; InvalidInputError; UnsupportedError as `evacuate()`
   */
  async restore<W extends boolean = WaitOf<this>>(
    options: MemberChangeOptions<RestoreMode, W> = {},
  ): Promise<Ended<this, W>> {
    return this.#change('restore', options);
  }

  /**
   * Waits until it is `online`, `offline` or `evacuated`, or a predicate of it, fetched, holds, and resolves with it. No event
   * says that a member has come or gone: it looks every 250 ms, or every `interval`; a cluster that cannot tell for moments
   * ends no wait. No limit by default.
   * @throws TimeoutError; AbortedError; NotFoundError once it is removed; InvalidInputError; what the predicate throws
   */
  override async waitFor(target: MemberTarget<this>, options: WaitForOptions = {}): Promise<this> {
    this.assertUsable();
    return waitForMember(this, this.store, target, options);
  }

  /**
   * Gives it another name (POST /1.0/cluster/members/{name}); the `location` of its instances follows at once. A daemon of
   * LXD 5.0 takes itself for the old name until it is restarted, and creates no instances until then.
   * @throws AlreadyExistsError; NotFoundError
   */
  override async rename<W extends boolean = WaitOf<this>>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    try {
      return await super.rename(newName, options);
    } catch (error) {
      if (!(error instanceof ConflictError) || error.status !== 409) throw error;
      const { message, status, method, path } = error; // which says `Conflict`
      const said = `The cluster has a member '${newName}' already: ${message}`;
      throw new AlreadyExistsError(said, { cause: error, status, method, path });
    }
  }

  /**
   * Takes it out of its cluster; a member that answers wipes itself then, as after `cluster.leave()`. One that is away takes
   * `force`, and its host has to be wiped before it joins again (DELETE /1.0/cluster/members/{name}).
   * @throws InUseError while it has instances or volumes; ClusterMemberError while it is away, without `force`
   */
  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: ClusterMemberDeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOptions(options, deleteNames, 'delete() of a cluster member');
    const { force = false, ifExists = false, ...rest } = options;
    if (typeof (force as unknown) !== 'boolean')
      throw new InvalidInputError('delete() of a cluster member: force must be true or false');
    if (!force || (this.isGone && ifExists)) return super.delete({ ...rest, ifExists });
    const request = { method: 'DELETE', path: `${this.path}?force=1` };
    const finish = () => this.gone();
    try {
      return await run(this.session, request, rest, finish);
    } catch (error) {
      if (!ifExists || !isMissing(error, this.kind)) throw error;
      return this.store.done(this.key, rest, finish);
    }
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.status] : [];
  }

  #change<W extends boolean>(
    action: 'evacuate' | 'restore',
    options: MemberChangeOptions<string, W>,
  ): Promise<Ended<this, W>> {
    const { session, path } = this;
    const look = async (call: CallOptions) => (await this.fetch(call)).status;
    return changeMember({ session, path, look }, action, options, async () => this.fetch());
  }
}

/** @internal */
export const clusterMembers = storeKind({
  name: 'cluster member',
  path: '/1.0/cluster/members/{name}',
  key: { field: 'server_name' },
  // What a PATCH leaves out is blanked or refused, but for keys of the config.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  unfit: ofClusters,
  missing: /\bexpected to update one row, not 0\b/, // LXD, of a rename
  filter: 'none', // Incus 6.0 ignores it, and says so nowhere
  allProjects: 'always', // they are in no project
  events: { of: 'cluster-member', everywhere: true, members: true },
});

/** Refuses what the servers take for a name, and cannot find again. @throws InvalidInputError */
export function assertMemberName(name: unknown, method: string): asserts name is string {
  assertNewName(name, 'cluster member');
  if (/[\s\p{Cc}?#%]/u.test(name))
    throw new InvalidInputError(
      `${method}: the cluster member's name ${JSON.stringify(name)} has characters that no host name has`,
    );
}

named({ ClusterMember });
