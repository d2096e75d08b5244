import {
  assertOptions,
  ConflictError,
  InvalidInputError,
  named,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import {
  callNames,
  run,
  startNames,
  type Ended,
  type LikeOf,
  type StartOptions,
  type WaitOf,
} from '../../operations/index.js';
import { field, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { storeKind } from '../kind/kind.js';
import { beside, type ResourceManager } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import { RestStore } from '../kind/rest-store.js';
import { assertExtension } from '../kind/server-facts.js';
import { assertAlone, clusterOf, ownSession } from './alone.js';
import { pairBody, type ClusterCertificate } from './certificate.js';
import { clusterGroups, type ClusterGroup, type ClusterGroupInput } from './group.js';
import { joinCluster, type JoinOptions, type MemberConfigValue } from './join.js';
import { assertMemberName, type ClusterMember } from './member.js';
import { ClusterMemberManager } from './members.js';
import { ClusterLinkManager } from './links.js';
import type { ClusterLink } from './link.js';
import { assertOwnAddress } from './own-address.js';
import { placementGroups, type PlacementGroup, type PlacementGroupInput } from './placement-groups.js';
import { replicators, type Replicator, type ReplicatorInput } from './replicators.js';
import { ofClusters } from './standalone.js';

/** What each member says for itself, with the value of the one that answers. */
export interface MemberConfigKey extends Readonly<MemberConfigValue> {
  readonly description: string;
}

/** How a server leaves its cluster. */
export interface LeaveOptions extends CallOptions {
  /** Has to be `true`: all that the server knows is wiped. */
  wipe: true;
}

const leaveNames: OptionNames<LeaveOptions> = { ...callNames, wipe: true };

/** The cluster that the server is in, if it is in one (`/1.0/cluster`): `client.cluster`. */
export class Cluster extends Resource {
  #members: ClusterMemberManager<LikeOf<this, ClusterMember>> | undefined;
  #groups: ResourceManager<LikeOf<this, ClusterGroup>, ClusterGroupInput> | undefined;
  #links: ClusterLinkManager<LikeOf<this, ClusterLink>> | undefined;
  #placementGroups: ResourceManager<LikeOf<this, PlacementGroup>, PlacementGroupInput> | undefined;
  #replicators: ResourceManager<LikeOf<this, Replicator>, ReplicatorInput> | undefined;

  /** Whether the server is in a cluster. */
  @field({ wire: 'enabled', scalar: 'boolean' }) readonly isEnabled!: boolean;
  /** The name of the member that answers; empty where there is no cluster. */
  @field({ scalar: 'string' }) readonly serverName!: string;
  /** What a server may say for itself when it joins, with the values of the member that answers: for `join()`. */
  @field({ form: 'list' }) readonly memberConfig!: readonly MemberConfigKey[];

  /** Its servers. */
  get members(): ClusterMemberManager<LikeOf<this, ClusterMember>> {
    return (this.#members ??= new ClusterMemberManager<LikeOf<this, ClusterMember>>(() => ({
      session: this.session,
    })));
  }

  /** Groups of its servers, on one of which an instance is created with `target: '@group'`. */
  get groups(): ResourceManager<LikeOf<this, ClusterGroup>, ClusterGroupInput> {
    return (this.#groups ??= beside<this, ClusterGroup, ClusterGroupInput>(clusterGroups, () => ({
      session: this.session,
    })));
  }

  /** Links to other clusters; LXD with the API extension cluster_links. */
  get links(): ClusterLinkManager<LikeOf<this, ClusterLink>> {
    return (this.#links ??= new ClusterLinkManager<LikeOf<this, ClusterLink>>(() => ({
      session: this.session,
    })));
  }

  /** Which members new instances are put on, by project; LXD with the API extension instance_placement_groups. */
  get placementGroups(): ResourceManager<LikeOf<this, PlacementGroup>, PlacementGroupInput> {
    return (this.#placementGroups ??= beside<this, PlacementGroup, PlacementGroupInput>(
      placementGroups,
      () => ({ session: this.session }),
    ));
  }

  /** What copies the instances of projects to other clusters; LXD with the API extension replicators. */
  get replicators(): ResourceManager<LikeOf<this, Replicator>, ReplicatorInput> {
    return (this.#replicators ??= beside<this, Replicator, ReplicatorInput>(replicators, () => ({
      session: this.session,
    })));
  }

  /**
   * Makes the server, which keeps all that it has, the first member of a new cluster, and resolves with it, fetched (PUT
   * /1.0/cluster). Others must reach it at an address of its own (`core.https_address`). From then on it shows a new
   * certificate, which this client follows; others that have pinned the old one do not.
   * @throws ConflictError for a server that is in a cluster; InvalidInputError for what is no name, and without an address
   */
  async bootstrap<W extends boolean = WaitOf<this>>(
    name: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    const method = 'bootstrap()';
    assertOptions(options, startNames, method);
    assertMemberName(name, method);
    const session = ownSession(this.session, method);
    const call = { signal: options.signal };
    await assertAlone(session, method, call);
    await assertOwnAddress(session, method, call);
    const body = { server_name: name, enabled: true };
    return run(session, { method: 'PUT', path: this.path, body }, options, async () => this.#formed());
  }

  /**
   * Has the server join the cluster of a token, and resolves with it, fetched (PUT /1.0/cluster). The server must be empty.
   * The cluster's certificate is fetched from the token's addresses and compared with the token before that is sent; from
   * then on the server shows it, which this client follows, and trusts whom the cluster trusts.
   * @throws InvalidInputError for what is no token, and without an address; ConflictError for a server that is in a cluster;
   * InUseError for one that is not empty; CertificateError where another cluster answers, or it does not trust this client,
   * which would be shut out; ConnectionError naming each address; TrustTokenError for a token that lets nobody in
   */
  async join<W extends boolean = WaitOf<this>>(
    token: string,
    options: JoinOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return joinCluster(this.session, token, options, async () => this.#formed());
  }

  /**
   * **Wipes the server**: takes it out of its cluster at once, whatever runs on it, and empties its database, so that it
   * knows of no instance, image, network or pool any more; what runs goes on unmanaged, and the others still list it as a
   * member, which they find `Offline` (PUT /1.0/cluster). The daemon restarts then, with the certificate that it had before
   * it was in a cluster. This is for a server whose cluster is lost: the orderly way is `evacuate()` of the member, and
   * `members.ref(name).delete()` at another one.
   * @throws InvalidInputError without `wipe: true`, and for a client of a `target`; ConflictError for a server in no cluster
   */
  async leave(options: LeaveOptions): Promise<void> {
    const method = 'leave()';
    assertOptions(options, leaveNames, method);
    const { wipe, ...call }: Partial<LeaveOptions> = { ...options };
    if ((wipe as unknown) !== true) {
      throw new InvalidInputError(
        'leave() wipes this server at once: its instances, images, networks and pools are forgotten, while the other members ' +
          'still list it. The orderly way is members.ref(name).delete() at another member; if you mean it, pass { wipe: true }',
      );
    }
    const session = ownSession(this.session, method);
    const { isEnabled } = await clusterOf(session, call);
    if (!isEnabled)
      throw new ConflictError('leave(): the server is in no cluster, and would be wiped all the same');
    const body = { server_name: '', enabled: false };
    await session.send({ method: 'PUT', path: this.path, body, ...call });
  }

  /**
   * Replaces the certificate that all members show (PUT /1.0/cluster/certificate); this client follows, others that have
   * pinned the old one fail at their next connection.
   * @throws InvalidInputError for what is no PEM text, or no pair; UnsupportedError without the API extension
   * clustering_update_cert, and for a server in no cluster
   */
  async updateCertificate(pair: ClusterCertificate, options: CallOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'updateCertificate()');
    const body = pairBody(pair);
    const { session } = this;
    await assertExtension(
      session,
      'clustering_update_cert',
      'way to replace the certificate of a cluster',
      options,
    );
    const { isEnabled } = await clusterOf(session, options);
    if (!isEnabled)
      throw new UnsupportedError(`updateCertificate(): the server is not clustered: ${ofClusters.remedy}`);
    await session.send({ method: 'PUT', path: `${this.path}/certificate`, body, ...options });
  }

  /** @internal */
  override toString(): string {
    return 'The cluster';
  }

  protected override inspectDetails(): string[] {
    if (!this.isFetched) return [];
    return [this.isEnabled ? this.serverName : 'none'];
  }

  /** It is there, and so is its certificate, which whoever asks the client for its credentials gets. */
  async #formed(): Promise<this> {
    await this.session.connection.changing;
    return this.fetch();
  }
}

const clusters = storeKind({
  name: 'cluster',
  path: '/1.0/cluster',
  writes: { partial: false }, // nothing of it can be written
  filter: 'none',
  cannot: ['rename', 'delete'],
});

/** @internal */
export function clusterModel(session: Session): Cluster {
  return new Cluster(new RestStore(clusters, () => ({ session })), 'cluster');
}

named({ Cluster });
