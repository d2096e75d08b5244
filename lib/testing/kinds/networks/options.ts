import { isIP } from 'node:net';
import type { ProductName } from '../../products/product.js';
import { valueProblem } from '../../validation/config.js';
import { listOf, subnetProblem } from '../../validation/values.js';

type Check = (value: string) => string | undefined;
type Checks = Readonly<Record<string, Check>>;

const anything: Check = () => undefined;
const boolean: Check = (value) => valueProblem('boolean', value);
const integer: Check = (value) => valueProblem('integer', value);
const vlan: Check = (value) => (/^\d+$/.test(value) ? undefined : `Invalid VLAN ID "${value}"`);
const mtu: Check = (value) => (/^\d+$/.test(value) ? undefined : `Invalid MTU "${value}"`);
const oneOf =
  (...words: string[]): Check =>
  (value) =>
    words.includes(value) ? undefined : `Invalid value "${value}" (not one of [${words.join(' ')}])`;
const hwaddr: Check = (value) =>
  /^([\da-f]{2}:){5}[\da-f]{2}$/i.test(value)
    ? undefined
    : 'Invalid MAC address, must be 6 bytes of hex separated by colons';
const gateway =
  (family: 4 | 6): Check =>
  (value) =>
    value === 'none' || value === 'auto' ? undefined : subnetProblem(value, family, 'a host');
const address =
  (family: 4 | 6): Check =>
  (value) =>
    isIP(value) === family ? undefined : `Not an IPv${family} address "${value}"`;
const each =
  (check: Check): Check =>
  (value) => {
    for (const item of listOf(value)) {
      const wrong = check(item);
      if (wrong !== undefined) return `Item "${item}": ${wrong}`;
    }
    return undefined;
  };
const range: Check = (value) =>
  value.includes('-') ? undefined : 'IP range must contain start and end IP addresses';

const family = (version: 4 | 6): Checks => ({
  [`ipv${version}.address`]: gateway(version),
  [`ipv${version}.dhcp`]: boolean,
  [`ipv${version}.dhcp.expiry`]: anything,
  [`ipv${version}.dhcp.ranges`]: each(range),
  [`ipv${version}.firewall`]: boolean,
  [`ipv${version}.nat`]: boolean,
  [`ipv${version}.nat.address`]: address(version),
  [`ipv${version}.nat.order`]: oneOf('before', 'after'),
  [`ipv${version}.ovn.ranges`]: each(range),
  [`ipv${version}.routes`]: each((value) => subnetProblem(value, version)),
  [`ipv${version}.routing`]: boolean,
});

const acls: Checks = {
  'security.acls': anything,
  'security.acls.default.ingress.action': oneOf('allow', 'drop', 'reject'),
  'security.acls.default.egress.action': oneOf('allow', 'drop', 'reject'),
  'security.acls.default.ingress.logged': boolean,
  'security.acls.default.egress.logged': boolean,
};

const bridge: Checks = {
  'bgp.ipv4.nexthop': address(4),
  'bgp.ipv6.nexthop': address(6),
  'bridge.driver': oneOf('native', 'openvswitch'),
  'bridge.external_interfaces': anything,
  'bridge.hwaddr': hwaddr,
  'bridge.mtu': mtu,
  ...family(4),
  'ipv4.dhcp.gateway': address(4),
  ...family(6),
  'ipv6.dhcp.stateful': boolean,
  'dns.domain': anything,
  'dns.mode': oneOf('dynamic', 'managed', 'none'),
  'dns.search': anything,
  'dns.zone.forward': anything,
  'dns.zone.reverse.ipv4': anything,
  'dns.zone.reverse.ipv6': anything,
  'raw.dnsmasq': anything,
  ...acls,
};

const onParent: Checks = { parent: anything, mtu, vlan, gvrp: boolean };

/** What the options of each type can be. Of OVN networks the fake knows none: it takes them all. */
const types: Readonly<Record<string, Checks>> = {
  bridge,
  macvlan: onParent,
  sriov: { parent: anything, mtu, vlan },
  physical: {
    ...onParent,
    'ipv4.gateway': anything,
    'ipv6.gateway': anything,
    'ipv4.ovn.ranges': each(range),
    'ipv6.ovn.ranges': each(range),
    'ipv4.routes': each((value) => subnetProblem(value, 4)),
    'ipv6.routes': each((value) => subnetProblem(value, 6)),
    'ipv4.routes.anycast': boolean,
    'ipv6.routes.anycast': boolean,
    'dns.nameservers': anything,
    'ovn.ingress_mode': oneOf('l2proxy', 'routed'),
    'volatile.last_state.created': boolean,
  },
};

const ofProduct: Readonly<Record<ProductName, Checks>> = {
  lxd: {
    'bridge.mode': oneOf('standard', 'fan'),
    'fan.overlay_subnet': anything,
    'fan.underlay_subnet': anything,
    'fan.type': anything,
  },
  incus: { 'ipv4.dhcp.routes': anything, 'bridge.multicast_snooping': boolean },
};

/** Those whose names the user makes up a part of. */
const patterns: readonly (readonly [RegExp, Check])[] = [
  [/^user\./, anything],
  [/^tunnel\..+\.(id|port|ttl)$/, integer],
  [/^tunnel\..+\.(protocol|local|remote|group|interface)$/, anything],
  [/^bgp\.peers\..+\.(address|asn|password|holdtime)$/, anything],
];

/** The types of networks that there are. */
export const networkTypes = [...Object.keys(types), 'ovn'];

/** What the servers say of the first option of a network that is none of its type, or has a wrong value. */
export function networkOptionsProblem(
  product: ProductName,
  { name, type, config }: { name: string; type: string; config: Readonly<Record<string, string>> },
  isNew: boolean,
): string | undefined {
  const checks = types[type];
  if (!checks) return undefined;
  if (type !== 'bridge' && !config.parent)
    return `Invalid value for network "${name}" option "parent": Required value`;
  const all: Checks = type === 'bridge' ? { ...checks, ...ofProduct[product] } : checks;
  // What is empty is dropped from what is new before anybody looks at it.
  for (const [key, value] of Object.entries(config).filter(([, text]) => text || !isNew)) {
    const own = Object.hasOwn(all, key) ? all[key] : patterns.find(([pattern]) => pattern.test(key))?.[1];
    if (!own) return `Invalid option for network "${name}" option "${key}"`;
    const wrong = value && own(value);
    if (wrong) return `Invalid value for network "${name}" option "${key}": ${wrong}`;
  }
  return undefined;
}
