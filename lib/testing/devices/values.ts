import { isIP } from 'node:net';
import { oneOf, valueProblem } from '../validation/config.js';
import { isAddress, isInSubnet } from '../validation/values.js';
import { proxyAddress } from './proxy-address.js';

type Check = (value: string) => string | undefined;

const quote = JSON.stringify;
const numbers = (most: number, wrong: string): Check => {
  return (value) => (/^\d+$/.test(value) && Number(value) <= most ? undefined : wrong);
};
const matching = (form: RegExp, wrong: string): Check => {
  return (value) => (form.test(value) ? undefined : wrong);
};
const or =
  (word: string, check: Check): Check =>
  (value) =>
    value === word ? undefined : check(value);
const address =
  (family: 4 | 6): Check =>
  (value) =>
    isIP(value) === family ? undefined : `Not an IPv${family} address ${quote(value)}`;
const network =
  (family: 4 | 6): Check =>
  (value) => {
    const [ip = ''] = value.split('/');
    if (!value.includes('/') || !isAddress(value)) return `invalid CIDR address: ${value}`;
    if (isIP(ip) !== family) return `Not an IPv${family} network ${quote(value)}`;
    const isFirst = family === 6 ? ip.endsWith('::') : isInSubnet(ip, value, 'first');
    return isFirst ? undefined : `Not an IPv${family} network address ${quote(value)}`;
  };
const listOf =
  (check: Check): Check =>
  (value) => {
    for (const item of value.split(',').map((part) => part.trim())) {
      const wrong = check(item);
      if (wrong) return `Item ${quote(item)}: ${wrong}`;
    }
    return undefined;
  };

function ranged(
  value: string,
  [least, most]: [number, number],
  what: string,
  name: string,
): string | undefined {
  if (!/^\d+$/.test(value)) return `Invalid ${what} ${quote(value)}`;
  if (Number(value) >= least && Number(value) <= most) return undefined;
  return `Out of ${name} range (${String(least)}-${String(most)}) ${quote(value)}`;
}

const vlan: Check = (value) => ranged(value, [0, 4094], 'VLAN ID', 'VLAN ID');

/** What values of device options can be, with what the servers say of others; nothing is always allowed where it may be left out. */
export const deviceValues = {
  any: () => undefined,
  boolean: (value) => valueProblem('boolean', value),
  uint32: (value) => valueProblem('unsigned', value),
  byte: (value) =>
    /^\d+$/.test(value) && Number(value) < 256
      ? undefined
      : `Invalid value for an integer ${quote(value)}. Must be between 0 and 255`,
  size: (value) => (value.endsWith('%') ? `Invalid value: ${value}` : valueProblem('size', value)),
  'device ID': matching(/^[0-9a-f]{4}$/, 'Invalid value, must be four lower case hex characters'),
  'device number': numbers(2 ** 32 - 1, 'Invalid value for a UNIX device number'),
  owner: numbers(2 ** 32 - 1, 'Invalid value for a UNIX ID'),
  mode: matching(/^[0-7]{1,11}$/, 'Invalid value for an octal file mode'),
  'PCI address': matching(/^(?:[0-9a-f]{4}:)?[0-9a-f]{2}:[0-9a-f]{2}\.[0-9a-f]$/i, 'Invalid PCI address'),
  'MIG UUID': (value) => valueProblem('uuid', value.replace(/^MIG-/, '')),
  'device path': matching(/^\/dev/, 'Path needs to be in /dev'),
  interface(value) {
    if (value.length < 2) return 'Network interface is too short (minimum 2 characters)';
    if (value.length > 15) return 'Network interface is too long (maximum 15 characters)';
    return /^[-\w.]+$/.test(value) ? undefined : 'Network interface contains invalid characters';
  },
  mtu: (value) => ranged(value, [1280, 16384], 'MTU', 'MTU'),
  vlan,
  'vlan or none': or('none', vlan),
  hwaddr: matching(
    /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/i,
    'Invalid MAC address, must be 6 bytes of hex separated by colons',
  ),
  'infiniband hwaddr': matching(
    /^(?:[0-9a-f]{2}:){7}(?:(?:[0-9a-f]{2}:){12})?[0-9a-f]{2}$/i,
    'Invalid value, must be either 8 or 20 bytes of hex separated by colons',
  ),
  IPv4: address(4),
  IPv6: address(6),
  'IPv4 or none': or('none', address(4)),
  'IPv6 or none': or('none', address(6)),
  'IPv4 list': listOf(address(4)),
  'IPv6 list': listOf(address(6)),
  'IPv4 networks': listOf(network(4)),
  'IPv6 networks': listOf(network(6)),
  gateway: (value) => (['none', 'auto'].includes(value) ? undefined : `Invalid gateway: ${value}`),
  action: oneOf('allow', 'allow-stateless', 'drop', 'reject'),
  'action of a state': oneOf('allow', 'drop', 'reject'),
  acceleration: oneOf('none', 'sriov'),
  'acceleration, vdpa too': oneOf('none', 'sriov', 'vdpa'),
  'macvlan mode': oneOf('bridge', 'vepa', 'passthru', 'private'),
  'ipvlan mode': matching(/^(?:l3s|l2)$/, 'Must be one of: l3s, l2'),
  'disk bus': oneOf('nvme', 'virtio-blk', 'virtio-scsi', 'auto', '9p', 'virtiofs', 'usb'),
  'disk cache': oneOf('none', 'metadata', 'writeback', 'unsafe'),
  'nic bus': oneOf('virtio', 'usb'),
  listener(value) {
    const address = proxyAddress(value);
    return typeof address === 'string' ? address : undefined;
  },
  side: matching(
    /^(?:host|instance|guest|container)$/,
    'Invalid binding side given. Must be "host" or "instance"',
  ),
} as const satisfies Record<string, Check>;

/** The name of one of these. */
export type DeviceValue = keyof typeof deviceValues;
