import type { InstanceType } from '../kinds/instances/records.js';
import type { ProductName } from '../products/product.js';
import type { DeviceValue } from './values.js';

/** Options, by what their values can be. */
export type DeviceOptions = Readonly<Record<string, DeviceValue>>;

/** What devices of one kind can hold. */
export interface DeviceKind {
  /** The only type of instance that can have one. */
  only?: InstanceType;
  options: DeviceOptions;
  /** Those that one product has beside them, or with other values. */
  own?: Partial<Record<ProductName, DeviceOptions>>;
  /** Those that only containers have, and profiles. */
  ofContainers?: DeviceOptions;
  /** Those that may not be left out. */
  required?: readonly string[];
  /** The same of containers. */
  requiredInContainers?: readonly string[];
  /** Those whose values are looked at even where there is none. */
  checked?: readonly string[];
  /** What is said before that of a wrong option. */
  prefix?: string;
}

const all = (value: DeviceValue, ...names: string[]): DeviceOptions =>
  Object.fromEntries(names.map((name) => [name, value]));

const owned = { ...all('owner', 'uid', 'gid'), mode: 'mode' } as const;
const hardware = all('device ID', 'vendorid', 'productid');
const unixDevice: DeviceKind = {
  only: 'container',
  options: {
    ...owned,
    ...all('device number', 'major', 'minor'),
    ...{ source: 'device path', path: 'any', required: 'boolean' },
  },
};
const gpu: DeviceOptions = { ...hardware, id: 'any', pci: 'PCI address' };
const infiniband: DeviceKind = {
  options: { name: 'interface', mtu: 'mtu', hwaddr: 'infiniband hwaddr', parent: 'any' },
  required: ['parent'],
};
const nic: DeviceOptions = { name: 'interface', hwaddr: 'hwaddr' };
const limits = all('any', 'limits.ingress', 'limits.egress', 'limits.max');
const routes: DeviceOptions = { 'ipv4.routes': 'IPv4 networks', 'ipv6.routes': 'IPv6 networks' };
const external: DeviceOptions = {
  'ipv4.routes.external': 'IPv4 networks',
  'ipv6.routes.external': 'IPv6 networks',
};
const acls: DeviceOptions = {
  'security.acls': 'any',
  ...all('action', 'security.acls.default.ingress.action', 'security.acls.default.egress.action'),
  ...all('boolean', 'security.acls.default.ingress.logged', 'security.acls.default.egress.logged'),
};
const maas = all('any', 'maas.subnet.ipv4', 'maas.subnet.ipv6');
const queue: DeviceOptions = { 'queue.tx.length': 'uint32', 'limits.priority': 'uint32' };
const bus: DeviceOptions = { 'io.bus': 'nic bus' };

/** Every kind of device, by its type, with that of a NIC, an InfiniBand device or a GPU after it. */
export const deviceKinds: Readonly<Record<string, DeviceKind>> = {
  none: { options: {} },
  disk: {
    options: {
      ...all('boolean', 'required', 'optional', 'readonly', 'recursive', 'shift'),
      ...all('any', 'source', 'path', 'pool', 'propagation', 'raw.mount.options'),
      ...all('any', 'limits.read', 'limits.write', 'limits.max', 'ceph.cluster_name', 'ceph.user_name'),
      ...all('size', 'size', 'size.state'),
      'boot.priority': 'uint32',
    },
    own: { incus: { 'io.bus': 'disk bus', 'io.cache': 'disk cache' } },
  },
  'unix-char': unixDevice,
  'unix-block': unixDevice,
  'unix-hotplug': { only: 'container', options: { ...owned, ...hardware, required: 'boolean' } },
  usb: {
    options: { ...owned, ...hardware, required: 'boolean' },
    own: { incus: { serial: 'any', busnum: 'uint32', devnum: 'uint32' } },
  },
  tpm: {
    options: all('any', 'path', 'pathrm'),
    requiredInContainers: ['path', 'pathrm'],
    prefix: 'Failed to validate config: ',
  },
  pci: {
    only: 'virtual-machine',
    options: { address: 'PCI address' },
    checked: ['address'],
    prefix: 'Failed to validate config: ',
  },
  proxy: {
    options: {
      ...owned,
      ...all('listener', 'listen', 'connect'),
      ...all('owner', 'security.uid', 'security.gid'),
      ...all('boolean', 'nat', 'proxy_protocol'),
      bind: 'side',
    },
    checked: ['listen', 'connect'],
  },
  'gpu physical': { options: gpu, ofContainers: owned },
  'gpu mdev': { only: 'virtual-machine', options: { ...gpu, mdev: 'any' }, required: ['mdev'] },
  'gpu mig': {
    only: 'container',
    options: { ...gpu, ...all('byte', 'mig.gi', 'mig.ci'), 'mig.uuid': 'MIG UUID' },
  },
  'gpu sriov': { only: 'virtual-machine', options: gpu },
  'infiniband physical': infiniband,
  'infiniband sriov': infiniband,
  'nic bridged': {
    options: {
      ...nic,
      ...limits,
      ...routes,
      ...external,
      ...all('any', 'network', 'parent', 'host_name', 'security.mac_filtering'),
      ...all('any', 'security.ipv4_filtering', 'security.ipv6_filtering'),
      ...{ 'ipv4.address': 'IPv4 or none', 'ipv6.address': 'IPv6 or none' },
      ...{ 'security.port_isolation': 'boolean', 'boot.priority': 'uint32' },
      ...{ mtu: 'mtu', vlan: 'vlan or none', 'vlan.tagged': 'any' },
    },
    own: { lxd: maas, incus: { ...queue, ...acls, ...bus } },
  },
  'nic p2p': {
    options: { ...nic, ...limits, ...routes, mtu: 'mtu', host_name: 'any', 'boot.priority': 'uint32' },
    own: { incus: { ...queue, ...bus } },
  },
  'nic macvlan': {
    options: {
      ...nic,
      ...all('any', 'network', 'parent'),
      ...{ mtu: 'mtu', vlan: 'vlan', 'boot.priority': 'uint32', gvrp: 'boolean' },
    },
    own: { lxd: maas, incus: { mode: 'macvlan mode', ...bus } },
  },
  'nic routed': {
    options: {
      ...nic,
      ...limits,
      ...routes,
      ...all('any', 'parent', 'host_name'),
      ...{ mtu: 'mtu', vlan: 'vlan' },
      ...all('gateway', 'ipv4.gateway', 'ipv6.gateway'),
      ...all('uint32', 'ipv4.host_table', 'ipv6.host_table'),
      ...all('boolean', 'gvrp', 'ipv4.neighbor_probe', 'ipv6.neighbor_probe'),
      ...{ 'ipv4.host_address': 'IPv4', 'ipv6.host_address': 'IPv6' },
      ...{ 'ipv4.address': 'IPv4 list', 'ipv6.address': 'IPv6 list' },
    },
    own: { incus: { ...queue, ...bus, vrf: 'any' } },
  },
  'nic ipvlan': {
    only: 'container',
    options: {
      ...nic,
      ...{ parent: 'any', mtu: 'mtu', vlan: 'vlan', gvrp: 'boolean', mode: 'ipvlan mode' },
      ...all('gateway', 'ipv4.gateway', 'ipv6.gateway'),
      ...all('uint32', 'ipv4.host_table', 'ipv6.host_table'),
      ...{ 'ipv4.address': 'IPv4 list', 'ipv6.address': 'IPv6 list' },
    },
    required: ['parent'],
  },
  'nic physical': {
    options: { name: 'interface', parent: 'any', 'boot.priority': 'uint32', gvrp: 'boolean' },
    ofContainers: { mtu: 'mtu', hwaddr: 'hwaddr', vlan: 'vlan' },
    own: { lxd: maas, incus: { network: 'any', mtu: 'mtu' } },
  },
  'nic sriov': {
    options: {
      ...nic,
      ...all('any', 'network', 'parent', 'security.mac_filtering'),
      ...{ vlan: 'vlan', 'boot.priority': 'uint32' },
    },
    ofContainers: { mtu: 'mtu' },
    own: { lxd: maas, incus: { mtu: 'mtu' } },
  },
  'nic ovn': {
    options: {
      ...nic,
      ...routes,
      ...external,
      ...{ network: 'any', host_name: 'any', mtu: 'mtu', 'boot.priority': 'uint32' },
      ...{ acceleration: 'acceleration', 'ipv4.address': 'IPv4', 'ipv6.address': 'IPv6' },
    },
    own: {
      lxd: {
        ...acls,
        ...all(
          'action of a state',
          'security.acls.default.ingress.action',
          'security.acls.default.egress.action',
        ),
      },
      incus: {
        ...acls,
        ...{ acceleration: 'acceleration, vdpa too', 'security.promiscuous': 'boolean' },
        ...{ nested: 'any', vlan: 'vlan', 'ipv4.address': 'IPv4 or none', 'ipv6.address': 'IPv6 or none' },
      },
    },
    required: ['network'],
  },
};
