import { assertOptions, named, type OptionNames } from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { field, part, toValue, type CallOptions, type JsonMap } from '../../orm/index.js';
import { asObject } from '../../rest/answers.js';
import type { ClusterLinkConfig } from '../../rest/endpoints/index.js';
import { assertName } from '../kind/given.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/**
 * Who lets in whom: each cluster the other (`bidirectional`), that of the token this one (`unidirectional`), or nobody
 * (`public`): then this cluster asks as anybody could.
 */
export type ClusterLinkType = 'bidirectional' | 'unidirectional' | 'public' | (string & {});

/** A member of the other cluster, as it is reached from here. */
export class ClusterLinkMember {
  /** Empty where it is not reached, or does not tell. */
  @part() readonly serverName!: string;
  /** `host:port`. */
  @part() readonly address!: string;
  /** `Unauthenticated`: it answers, but does not trust this cluster, as those of public links never do. */
  @part() readonly status!: 'Active' | 'Unreachable' | 'Unauthenticated' | (string & {});
}

/** How the other end of a link is. */
export class ClusterLinkState {
  @part({ wire: 'cluster_link_members', type: () => ClusterLinkMember })
  readonly members!: readonly ClusterLinkMember[];
}

/** From where a link is tried. */
export interface ClusterLinkStateOptions extends CallOptions {
  /** The cluster member that tries; the one that is asked, without it. */
  target?: string | undefined;
}

const stateNames: OptionNames<ClusterLinkStateOptions> = { ...callNames, target: true };

/**
 * A link to another cluster, for replicators and images (`/1.0/cluster/links/{name}`); LXD with the API extension
 * cluster_links. One that a replicator uses can neither be renamed nor deleted; deleting one leaves that of the other
 * cluster as it is.
 */
export class ClusterLink extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** `user.*` can be written; `volatile.addresses` has the other cluster's members, and is empty before both are linked. */
  @field({ writable: true, form: 'map' }) config!: ClusterLinkConfig;
  @field() readonly type!: ClusterLinkType;
  /** URLs of the replicators that use it; empty without the API extension cluster_links_used_by. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];

  /**
   * How the members of the other cluster are reached (GET /1.0/cluster/links/{name}/state): each is asked at that moment.
   * @throws BadRequestError for one that waits for the other cluster
   */
  async state(options: ClusterLinkStateOptions = {}): Promise<ClusterLinkState> {
    assertOptions(options, stateNames, 'state()');
    const { target, ...call } = options;
    assertName(target, 'state.target');
    const { path } = this;
    await this.store.assertOffered(call);
    const request = { method: 'GET', path: `${path}/state`, query: { target }, ...call };
    return toValue(ClusterLinkState, asObject<JsonMap>(await this.session.send(request), request));
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.type] : [];
  }
}

/** A link to another cluster: `token`, or for a public one `remoteAddress` and `certificate`. */
export interface ClusterLinkInput {
  name: string;
  description?: string | undefined;
  config?: ClusterLinkConfig | undefined;
  /** `bidirectional` by default. */
  type?: ClusterLinkType | undefined;
  /** What `createToken()` or `lxc cluster link create` gave at the other cluster. A secret, and good for one link. */
  token?: string | undefined;
  /** The groups that say what the other cluster may do here; of bidirectional links. */
  authGroups?: readonly string[] | undefined;
  /** Where the other cluster is, as `host` or `host:port`; of public links. */
  remoteAddress?: string | undefined;
  /** The certificate that it must show, as PEM text or by its SHA-256 fingerprint; of public links. */
  certificate?: string | undefined;
}

/** @internal */
export const clusterLinks = kind<ClusterLink, ClusterLinkInput>({
  name: 'cluster link',
  path: '/1.0/cluster/links/{name}',
  model: ClusterLink,
  writes: {
    partial: false, // a PATCH takes no key away
    emptyIsUnset: ['config'],
    serverOwned: /^volatile\./, // addresses of the other cluster
    kept: /^volatile\./, // a PUT without them is refused
    checkedLoosely: true,
  },
  filter: 'none',
  needs: { product: 'lxd', extension: 'cluster_links' },
  allProjects: 'always', // they are in no project
  inputs: ['token', 'authGroups', 'remoteAddress', 'certificate'],
  body({ token, certificate, ...body }) {
    const said = { trust_token: token, cluster_certificate: certificate };
    const given = Object.entries(said).filter(([, value]) => value !== undefined);
    return { type: 'bidirectional', ...body, ...Object.fromEntries(given) };
  },
  events: { of: 'cluster-link' },
});

named({ ClusterLink, ClusterLinkMember, ClusterLinkState });
