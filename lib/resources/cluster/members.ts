import { named } from '../../errors/index.js';
import type { LikeOf, PlainOf } from '../../operations/index.js';
import type { CallOptions, ModelClass } from '../../orm/index.js';
import type { PendingToken } from '../certificates/token.js';
import { Collection } from '../kind/collection.js';
import { RestStore, type Place } from '../kind/rest-store.js';
import { ClusterMember, clusterMembers } from './member.js';
import { createJoinToken, pendingJoinTokens } from './token.js';

/**
 * The servers of a cluster: `client.cluster.members` (`/1.0/cluster/members`). One is not created: it joins, with a token, by
 * its own `client.cluster.join()`. Where the server is in no cluster, all of this throws UnsupportedError.
 */
export class ClusterMemberManager<M extends ClusterMember = ClusterMember> extends Collection<M> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<M>) {
    super(new RestStore(clusterMembers, place), (Class ?? ClusterMember) as ModelClass<M>);
    this.#place = place;
  }

  /**
   * The text of a token with which one server, once, joins the cluster under this name (POST /1.0/cluster/members). It holds
   * until it is used, expires (`cluster.join_token_expiry`, 3 hours), is cancelled, as also by a second one for the same name,
   * or the member that made it restarts. It is a secret.
   * @throws AlreadyExistsError for a member's name; InvalidInputError; UnsupportedError without a cluster
   */
  async createToken(name: string, options: CallOptions = {}): Promise<string> {
    return createJoinToken(this.session, name, options);
  }

  /** The tokens that nobody has used yet, also those that have expired since; what is secret of them is not told. */
  async tokens(options: CallOptions = {}): Promise<PendingToken[]> {
    return pendingJoinTokens(this.session, options);
  }

  override as<S extends PlainOf<M> & ClusterMember>(
    Class: ModelClass<S>,
  ): ClusterMemberManager<LikeOf<M, S>> {
    return new ClusterMemberManager(this.#place, Class as ModelClass as ModelClass<LikeOf<M, S>>);
  }
}

named({ ClusterMemberManager });
