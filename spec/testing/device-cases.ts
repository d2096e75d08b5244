/** Devices that both servers are asked to take. */
export interface DeviceCase {
  title: string;
  devices: Record<string, Record<string, string>>;
  only?: 'lxd' | 'incus';
  /** Is it asked of a new instance, too? */
  isMade?: boolean;
}

type Device = Record<string, string>;

/** Of each kind, one that is right, and options with values that are not; `{volume}` and `{network}` are there,
 * `{gateway}`, `{net}` and `{net6}` what the network's addresses are or begin with. */
interface Kind {
  right: Device;
  /** Options that may not be missing. */
  required?: readonly string[];
  /** By option, values that are wrong, or right only just. */
  values?: Readonly<Record<string, readonly string[]>>;
  /** What cannot be together, and what is named and not there. */
  together?: readonly Device[];
}

const booleans = ['perhaps', 'TRUE'];
const owners = { uid: ['x', '-1', '0'], gid: ['x', '4294967296'], mode: ['8', '0660'] };
const hardware = { vendorid: ['x', 'ABCD', 'abcd'], productid: ['12345', '0001'] };
const interfaces = { name: ['a', 'abcdefghijklmnop', 'a b', 'eth-1_x.y'] };
const hwaddr = { hwaddr: ['x', '00:16:3e:00:00', '00-16-3e-00-00-01', '00:16:3e:00:00:01'] };
const mtu = { mtu: ['x', '1000', '20000', '1500'] };
const vlan = { vlan: ['x', '5000', '12'] };
const uint = ['x', '-1', '4294967296', '1'];
const routes = {
  'ipv4.routes': ['x', '10.0.0.1/24', '10.0.0.0/24, ::/0', 'fd00::/64'],
  'ipv6.routes': ['fd00::1/64', 'fd00::/64', '10.0.0.0/24'],
};
const gateways = {
  'ipv4.gateway': ['10.0.0.1', 'none'],
  'ipv6.gateway': ['x', 'auto'],
  'ipv4.host_table': uint,
  'ipv6.host_table': ['x'],
};
const pci = { pci: ['x', '0000:00:1f.2', '00:1F.2'] };

export const deviceKinds: Readonly<Record<string, Kind>> = {
  none: { right: {}, values: { nope: ['', '1'], 'user.x': ['1'] } },
  disk: {
    right: { source: '/tmp', path: '/mnt' },
    required: ['source'],
    values: {
      readonly: [...booleans, ''],
      required: ['perhaps'],
      optional: ['perhaps', 'true'],
      recursive: ['perhaps', 'true'],
      shift: booleans,
      'boot.priority': uint,
      size: ['1x', '1GiB'],
      'size.state': ['1x', '1GiB'],
      propagation: ['nope'],
      'limits.read': ['nope'],
      'io.bus': ['nope', 'nvme'],
      'io.cache': ['nope', 'none'],
      'initial.size': ['1'],
      source: ['no/path', '/no/such/path', 'ceph:a/b', 'cloud-init:config'],
    },
    together: [
      { source: '/no/such/path', required: 'false' },
      { source: '/no/such/path', optional: 'true' },
      { required: 'true', optional: 'true' },
      { recursive: 'true', readonly: 'true' },
      { recursive: 'true', source: '/etc/hostname' },
      { 'ceph.user_name': 'x' },
      { path: '/' },
      { path: '/', source: '' },
      { path: '/', source: '', pool: 'default', recursive: 'true' },
      { pool: 'nope', source: 'x' },
      { pool: 'default', source: 'nope' },
      { pool: 'default', source: '{volume}' },
      { pool: 'default', source: '{volume}', path: '' },
      { pool: 'default', source: '{volume}', shift: 'true' },
      { pool: 'default', source: '/tmp' },
    ],
  },
  'unix-char': {
    right: { path: '/dev/null' },
    required: ['path'],
    values: { ...owners, major: ['x', '1'], minor: ['-1'], required: booleans, source: ['/x', '/dev/zero'] },
  },
  'unix-block': { right: { source: '/dev/loop0' }, required: ['source'], values: owners },
  'unix-hotplug': {
    right: { vendorid: 'abcd' },
    required: ['vendorid'],
    values: { ...owners, ...hardware, required: booleans },
  },
  usb: { right: {}, values: { ...owners, ...hardware, required: booleans, busnum: ['x'], serial: ['x'] } },
  tpm: { right: { path: '/dev/tpm0', pathrm: '/dev/tpmrm0' }, required: ['path', 'pathrm'] },
  pci: { right: { address: '00:1f.2' }, required: ['address'], values: { address: ['x', 'ffff:ff:ff.f'] } },
  proxy: {
    right: { listen: 'tcp:127.0.0.1:80', connect: 'tcp:127.0.0.1:80' },
    required: ['listen', 'connect'],
    values: {
      ...{
        'security.uid': ['x', '1'],
        'security.gid': ['x'],
        nat: ['perhaps', 'true'],
        bind: ['x', 'guest'],
      },
      ...{ proxy_protocol: ['perhaps', 'true'], mode: ['9', '0600'], uid: ['x', '1'], gid: ['1'] },
      listen: [
        'x',
        'tcp',
        'tcp:',
        'tcp:x',
        'tcp:x:80',
        'tcp:1.2.3.4:x',
        'tcp:::80',
        'tcp:[::1]:80',
        'tcp:1.2.3.4:80-70',
      ],
      connect: ['tcp:1.2.3.4:80-81', 'tcp:1.2.3.4:80,81', 'tcp:1.2.3.4:1-2-3', 'unix:/x', 'udp:1.2.3.4:80'],
    },
    together: [
      { listen: 'unix:/x', mode: '0600', uid: '1' },
      { listen: 'unix:@x', mode: '0600' },
      { listen: 'unix:/x', connect: 'tcp:1.2.3.4:80-81' },
      { proxy_protocol: 'true', nat: 'true' },
      { proxy_protocol: 'true', connect: 'udp:1.2.3.4:80' },
      { nat: 'true', bind: 'instance' },
      { nat: 'true', listen: 'udp:1.2.3.4:80' },
      { nat: 'true', listen: 'tcp:0.0.0.0:80' },
      { nat: 'true', listen: 'tcp:[::1]:80' },
    ],
  },
  gpu: { right: {}, values: { ...hardware, ...owners, ...pci, id: ['1'], gputype: ['physical'] } },
  'gpu mdev': { right: { mdev: 'x' }, required: ['mdev'] },
  'gpu mig': {
    right: { 'mig.gi': '1', 'mig.ci': '1' },
    required: ['mig.gi', 'mig.ci'],
    values: { 'mig.gi': ['x', '256'], uid: ['1'] },
    together: [
      { 'mig.uuid': 'x', 'mig.gi': '', 'mig.ci': '' },
      { 'mig.uuid': 'MIG-74c6a31a-fde5-5c61-973b-70e12346c202' },
    ],
  },
  'gpu sriov': { right: {}, values: { uid: ['1'] } },
  'gpu physical': { right: { id: '1' }, together: [{ pci: '00:1f.2' }, { vendorid: 'abcd' }] },
  infiniband: { right: {} },
  'infiniband physical': {
    right: { parent: 'ib0' },
    required: ['parent'],
    values: { ...interfaces, ...mtu, hwaddr: ['x', 'a0:00:0f:c0:00:00:00:01'] },
  },
  'infiniband sriov': { right: { parent: 'ib0' }, required: ['parent'] },
  nic: { right: {} },
  'nic nope': { right: {} },
  'nic bridged': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: {
      ...interfaces,
      ...hwaddr,
      ...mtu,
      ...routes,
      ...{ vlan: ['x', 'none', '0', '5000'], 'boot.priority': uint, 'security.port_isolation': booleans },
      ...{ 'queue.tx.length': ['x', '1'], 'limits.priority': ['x'], 'io.bus': ['usb', 'x'] },
      ...{ 'maas.subnet.ipv4': ['x'], 'security.mac_filtering': ['x'], host_name: ['a b'] },
      ...{ 'ipv4.address': ['x', '10.0.0.1', 'none'], 'ipv6.address': ['fd00::1'] },
      network: ['nope'],
    },
    together: [
      { 'security.ipv4_filtering': 'true' },
      { 'security.ipv4_filtering': 'true', 'ipv4.address': '10.0.0.5' },
      { 'security.ipv6_filtering': 'true', 'ipv6.address': 'fd00::1', vlan: '1' },
    ],
  },
  'nic p2p': { right: {}, values: { ...interfaces, ...hwaddr, ...mtu, ...routes, parent: ['x'] } },
  'nic macvlan': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: {
      ...interfaces,
      ...hwaddr,
      ...mtu,
      ...vlan,
      gvrp: booleans,
      mode: ['x', 'vepa'],
      host_name: ['x'],
    },
  },
  'nic routed': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: {
      ...{ ...hwaddr, ...mtu, ...vlan, ...routes, ...gateways, gvrp: booleans, vrf: ['x'] },
      ...{
        'ipv4.address': ['x', '10.0.0.1', '10.0.0.1, 10.0.0.1', 'fd00::1'],
        'ipv6.address': ['fd00::1,x'],
      },
      ...{ 'ipv4.neighbor_probe': booleans, 'ipv4.host_address': ['x', '10.0.0.1'] },
    },
    together: [
      { parent: '', vlan: '1' },
      { 'ipv4.routes': '10.0.0.0/24', 'ipv4.address': '10.0.0.1' },
    ],
  },
  'nic ipvlan': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: {
      ...hwaddr,
      ...mtu,
      ...vlan,
      ...gateways,
      mode: ['x', 'l3s'],
      'ipv4.address': ['x', '10.0.0.1'],
    },
  },
  'nic physical': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: { ...interfaces, ...mtu, ...hwaddr, ...vlan, gvrp: booleans, host_name: ['x'] },
  },
  'nic sriov': {
    right: { parent: 'nope' },
    required: ['parent'],
    values: { ...mtu, ...vlan, gvrp: ['true'] },
  },
  'nic on a network': {
    right: { network: '{network}' },
    values: {
      ...{ parent: ['x'], mtu: ['1500'], nictype: ['bridged'], 'maas.subnet.ipv4': ['x'] },
      ...{
        'ipv4.address': ['x', '1.2.3.4', 'none', '{gateway}', '{net}.77'],
        'ipv6.address': ['fd42::1', '{net6}77', 'none'],
        vlan: ['0'],
      },
    },
    together: [
      { 'security.ipv4_filtering': 'true' },
      ...['none', '1.2.3.4', '{gateway}', '{net}.77'].map((address) => ({
        ...{ 'security.ipv4_filtering': 'true', 'ipv4.address': address },
      })),
      ...['none', 'fd42::1', '{net6}77'].map((address) => ({
        ...{ 'security.ipv6_filtering': 'true', 'ipv6.address': address },
      })),
    ],
  },
};

const types = new Set(['nic', 'gpu', 'infiniband']);

/** A device of a kind: `nic bridged` is of the type `nic`. */
function typed(kind: string): Device {
  const [type = '', sub] = kind.split(' ');
  if (sub === undefined || sub === 'on') return { type };
  return types.has(type) ? { type, [type === 'gpu' ? 'gputype' : 'nictype']: sub } : { type };
}

function casesOf([kind, { right, required = [], values = {}, together = [] }]: [string, Kind]): DeviceCase[] {
  const make = (what: string, more: Device, without?: string): DeviceCase => {
    const device = { ...typed(kind), ...right, ...more };
    if (without !== undefined) delete device[without];
    return { title: `a device ${kind} ${what}`, devices: { d: device }, isMade: !what.includes(': "') };
  };
  return [
    make('as it should be', {}),
    make('with an option that there is not', { 'tslxd.nope': '1' }),
    ...required.map((key) => make(`without ${key}`, {}, key)),
    ...Object.entries(values).flatMap(([key, all]) =>
      all.map((value) => make(`with ${key}: ${JSON.stringify(value)}`, { [key]: value })),
    ),
    ...together.map((more) => make(`with ${JSON.stringify(more)}`, more)),
  ];
}

const nic = { type: 'nic', nictype: 'p2p' };
const folder = { type: 'disk', source: '/tmp' };

/** Every kind with each wrong value of each option, each required one missing, and what does not go together. */
export const deviceCases: readonly DeviceCase[] = [
  ...Object.entries(deviceKinds).flatMap(casesOf),
  { title: 'a device of no type', devices: { d: {} } },
  { title: 'a device of a type that there is not', devices: { d: { type: 'nope' } } },
  ...['.d', 'a b', 'x'.repeat(64), 'a/b', 'ü'].map((name) => ({
    title: `a device called ${name}`,
    devices: { [name]: { type: 'none' } },
  })),
  { title: 'two NICs of one name', devices: { a: { ...nic, name: 'eth0' }, b: { ...nic, name: 'eth0' } } },
  { title: 'two disks at one path', devices: { a: { ...folder, path: '/x' }, b: { ...folder, path: '/x' } } },
  {
    title: 'two routed NICs',
    devices: { a: { type: 'nic', nictype: 'routed' }, b: { type: 'nic', nictype: 'routed' } },
  },
];
