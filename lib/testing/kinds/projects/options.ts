import type { ProductName } from '../../products/product.js';
import type { StringMap } from '../../state/maps.js';
import { optionProblem, type Options } from '../../validation/options.js';
import { listOf } from '../../validation/values.js';

const oneOf = (choices: string) => (value: string) =>
  choices.split(' ').includes(value) ? undefined : `Invalid value "${value}" (not one of [${choices}])`;
const allowed = oneOf('block allow');
const managed = oneOf('block allow managed');

const compression = (says: (value: string) => string) => (value: string) =>
  /^(?:none|gzip|bzip2|lzma|xz|zstd|squashfs)(?:\s|$)/.test(value) ? undefined : says(value);

function paths(value: string): string | undefined {
  const wrong = listOf(value).find((path) => !path.startsWith('/'));
  return wrong === undefined ? undefined : `Item "${wrong}": Must be absolute file path`;
}

function subnets(value: string): string | undefined {
  const wrong = listOf(value).find((subnet) => !subnet.includes(':'));
  const form = '"<uplink network>:<subnet>"';
  return wrong === undefined ? undefined : `Subnet "${wrong}" invalid, must be in the format of ${form}`;
}

const every = (names: string, check: Options[string]): Options =>
  Object.fromEntries(names.split(' ').map((name) => [name, check]));

const shared: Options = {
  ...every('features.images features.networks features.profiles features.storage.volumes', 'boolean'),
  'images.auto_update_cached': 'boolean',
  'images.auto_update_interval': 'integer',
  'images.default_architecture': 'any',
  'images.remote_cache_expiry': 'integer',
  ...every('limits.containers limits.cpu limits.instances limits.networks', 'unsigned'),
  ...every('limits.processes limits.virtual-machines', 'unsigned'),
  ...every('limits.disk limits.memory', 'size'),
  restricted: 'boolean',
  ...every('restricted.backups restricted.cluster.target restricted.snapshots', allowed),
  'restricted.cluster.groups': 'any',
  'restricted.containers.interception': oneOf('allow block full'),
  ...every('restricted.containers.lowlevel restricted.containers.nesting', allowed),
  'restricted.containers.privilege': oneOf('allow unprivileged isolated'),
  ...every('restricted.devices.disk restricted.devices.nic', managed),
  'restricted.devices.disk.paths': paths,
  ...every('restricted.devices.gpu restricted.devices.infiniband restricted.devices.pci', allowed),
  ...every('restricted.devices.proxy restricted.devices.unix-block restricted.devices.unix-char', allowed),
  ...every('restricted.devices.unix-hotplug restricted.devices.usb', allowed),
  ...every('restricted.idmap.gid restricted.idmap.uid', 'any'),
  'restricted.networks.access': 'any',
  'restricted.networks.subnets': subnets,
  ...every('restricted.networks.uplinks restricted.networks.zones', 'any'),
  'restricted.virtual-machines.lowlevel': allowed,
};

const unpacked = (says: (value: string) => string): Options =>
  every('backups.compression_algorithm images.compression_algorithm', compression(says));

const options: Readonly<Record<ProductName, Options>> = {
  lxd: { ...shared, ...unpacked((value) => `Invalid compression algorithm "${value}"`) },
  incus: {
    ...shared,
    ...unpacked((value) => `Compression algorithm "${value}" isn't currently supported`),
    ...every('features.networks.zones features.storage.buckets', 'boolean'),
    'restricted.networks.integrations': 'any',
  },
};

/** What the server says of the config of a project, which may limit the pools of these names one by one. */
export function projectConfigProblem(
  product: ProductName,
  config: StringMap,
  pools: Iterable<string>,
): string | undefined {
  const perPool = product === 'incus' ? [...pools].map((pool) => [`limits.disk.pool.${pool}`, 'size']) : [];
  const known = { ...options[product], ...(Object.fromEntries(perPool) as Options) };
  return optionProblem(config, known, (key, why) => {
    const what = `Invalid project configuration key "${key}"`;
    return why === undefined ? what : `${what} value: ${why}`;
  });
}
