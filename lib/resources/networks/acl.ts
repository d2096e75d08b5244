import { named } from '../../errors/index.js';
import { field, type CallOptions } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { ovnLog } from './ovn-log.js';

/** A rule of a network ACL; addresses and ports are comma-separated lists: `'80,443'`. */
export interface NetworkAclRule {
  action: 'allow' | 'drop' | 'reject' | (string & {});
  state: 'enabled' | 'disabled' | 'logged' | (string & {});
  source?: string | undefined;
  destination?: string | undefined;
  protocol?: 'tcp' | 'udp' | 'icmp4' | 'icmp6' | (string & {}) | undefined;
  sourcePort?: string | undefined;
  destinationPort?: string | undefined;
  icmpType?: string | undefined;
  icmpCode?: string | undefined;
  description?: string | undefined;
}

const fields = {
  action: 'string',
  state: 'string',
  source: 'commas',
  destination: 'commas',
  protocol: 'string',
  sourcePort: 'commas',
  destinationPort: 'commas',
  icmpType: 'string',
  icmpCode: 'string',
  description: 'string',
} as const;

/**
 * A network ACL: firewall rules for networks and the interfaces of instances (`/1.0/network-acls/{name}`). Its rules are
 * edited in place and merged one by one.
 */
export class NetworkAcl extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** Rules for incoming traffic. */
  @field({ writable: true, items: { fields } }) ingress!: NetworkAclRule[];
  /** Rules for outgoing traffic. */
  @field({ writable: true, items: { fields } }) egress!: NetworkAclRule[];
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** URLs of the networks, instances, profiles and ACLs that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  @field() readonly project!: string;

  /**
   * The log of its rules of state `logged`, as text (GET /1.0/network-acls/{name}/log).
   * @throws UnsupportedError where no OVN network has logged anything, or without the API extension network_acl_log
   */
  async log(options: CallOptions = {}): Promise<string> {
    return ovnLog(this.session, this.toString(), options, () => this.readText('log', options));
  }
}

/** A new network ACL. */
export type NetworkAclInput = InputOf<NetworkAcl, 'description' | 'ingress' | 'egress' | 'config'>;

/** @internal */
export const networkAcls = kind<NetworkAcl, NetworkAclInput>({
  name: 'network ACL',
  path: '/1.0/network-acls/{name}',
  key: { plain: 'of one project' },
  model: NetworkAcl,
  // A PATCH deletes the rules that it leaves out.
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true },
  filter: 'incus',
  needs: { extension: 'network_acl' },
  allProjects: 'network_acls_all_projects',
  events: { of: 'network-acl', shared: true },
});

named({ NetworkAcl });
