import { isIP } from 'node:net';
import { networksOf, type Network } from '../kinds/networks/records.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import type { ProductName } from '../products/product.js';
import { isOn, type StringMap } from '../state/maps.js';
import { Refusal } from '../state/refusal.js';
import { isInSubnet, listOf } from '../validation/values.js';
import type { Rule } from './rules.js';

const byNetwork: Readonly<Record<ProductName, Readonly<Record<string, string>>>> = {
  lxd: { bridge: 'bridged', macvlan: 'macvlan', sriov: 'sriov', ovn: 'ovn' },
  incus: { bridge: 'bridged', macvlan: 'macvlan', sriov: 'sriov', ovn: 'ovn', physical: 'physical' },
};

/** What kind of NIC a device is: it says so, or its network does. */
export function typeOfNic(
  product: ProductName,
  project: ProjectRecord,
  { network: name, nictype = '' }: StringMap,
  says: (status: number, why: string) => Refusal,
): string {
  if (!name) return nictype;
  const owner = project.having('networks');
  const network = networksOf(owner).get(name);
  if (!network)
    throw says(404, `Failed to load network "${name}" for project "${owner.name}": Network not found`);
  const type = byNetwork[product][network.type];
  if (type === undefined) throw says(500, `Unrecognised NIC network type for network "${name}"`);
  return type;
}

/** Refuses what a NIC may not say beside its network. */
function assertAlone(device: StringMap, banned: readonly string[]): void {
  const key = banned.find((one) => device[one]);
  if (key) throw new Refusal(500, `Cannot use "${key}" property in conjunction with "network" property`);
}

const maas = { lxd: ['maas.subnet.ipv4', 'maas.subnet.ipv6'], incus: [] };

function needsParent(device: StringMap): void {
  if (!device.network && !device.parent)
    throw new Refusal(500, 'Invalid value for device option "parent": Required value');
}

function assertAddress(device: StringMap, network: Network, version: 4 | 6): void {
  const key = `ipv${String(version)}`;
  const address = device[`${key}.address`];
  if (!address) return;
  const subnet = network.config[`${key}.address`] ?? '';
  const isFiltered = isOn(device[`security.${key}_filtering`]);
  const hasDhcp = isIP(subnet.split('/')[0] ?? '') > 0 && network.config[`${key}.dhcp`] !== 'false';
  const isStateful = version === 4 || isOn(network.config['ipv6.dhcp.stateful']);
  if (!(hasDhcp && isStateful) && !isFiltered) {
    const off = version === 4 ? 'DHCP is' : 'DHCP or "ipv6.dhcp.stateful" are';
    throw new Refusal(
      500,
      `Cannot specify "${key}.address" when ${off} disabled (unless using security.${key}_filtering) on network "${network.name}"`,
    );
  }
  if (hasDhcp && address !== 'none' && !isInSubnet(address, subnet))
    throw new Refusal(500, `Device IP address "${address}" not within network "${network.name}" subnet`);
  if (!subnet || subnet === 'none') return;
  if (address === 'none' && !isFiltered)
    throw new Refusal(500, `Cannot have ${key}.address as none unless using security.${key}_filtering`);
  if (address === subnet.split('/')[0]) {
    const { parent = '' } = device; // which is none on a network, in their text too
    throw new Refusal(
      500,
      `IP address "${address}" is assigned to parent managed network device "${parent}"`,
    );
  }
}

/** An address without a network that could know of it. */
function assertUnmanaged(device: StringMap, version: 4 | 6): void {
  const key = `ipv${String(version)}`;
  const isFiltered = isOn(device[`security.${key}_filtering`]);
  const name = `IPv${String(version)}`;
  if (isFiltered && !device[`${key}.address`]) {
    const why = `requires a manually specified ${key}.address when using an unmanaged parent bridge`;
    throw new Refusal(500, `${name} filtering ${why}`);
  }
  if (!isFiltered && device[`${key}.address`] && !device[`maas.subnet.${key}`])
    throw new Refusal(500, `Cannot use manually specified ${key}.address when using unmanaged parent bridge`);
}

const bridged: Rule = (device, { product, project }) => {
  if (device.network) assertAlone(device, ['nictype', 'parent', 'mtu', ...maas[product]]);
  const network = networksOf(project.having('networks')).get(device.network ?? device.parent ?? '');
  if (network) {
    for (const version of [4, 6] as const) assertAddress(device, network, version);
    const isNative = ['', 'native'].includes(network.config['bridge.driver'] ?? '');
    if (isNative && device.vlan === '0')
      throw new Refusal(500, 'VLAN ID 0 is not allowed for native Linux bridges');
  } else for (const version of [4, 6] as const) assertUnmanaged(device, version);
  const isFiltered = isOn(device['security.ipv4_filtering']) || isOn(device['security.ipv6_filtering']);
  if (isFiltered && (device.vlan || device['vlan.tagged']))
    throw new Refusal(500, 'IP filtering cannot be used with VLAN filtering');
  needsParent(device);
};

const onNetwork =
  (...banned: string[]): Rule =>
  (device, { product }) => {
    if (device.network) assertAlone(device, [...banned, ...maas[product]]);
    needsParent(device);
  };

const physical: Rule = (device, { product }) => {
  if (product === 'incus' && device.network)
    assertAlone(device, ['nictype', 'parent', 'mtu', 'vlan', 'gvrp']);
  needsParent(device);
};

const ovn: Rule = (device) => {
  if (!device.network) throw new Refusal(404, 'Error loading network config for "": Network not found');
  assertAlone(device, ['mtu']);
};

const routedFirst: Rule = (device, { expanded }, name) => {
  for (const key of ['ipv4.gateway', 'ipv6.gateway']) {
    const isAuto = (value: string | undefined) => !value || value === 'auto';
    if (!isAuto(device[key])) continue;
    const [other] =
      Object.entries(expanded).find(
        ([one, nic]) => one !== name && nic.nictype === 'routed' && isAuto(nic[key]),
      ) ?? [];
    if (other !== undefined)
      throw new Refusal(500, `Existing NIC "${other}" already uses "${key}" in auto mode`);
  }
};

const routed: Rule = (device) => {
  for (const key of ['ipv4.address', 'ipv6.address']) {
    const all = listOf(device[key]);
    const twice = all.find((one, index) => all.indexOf(one) < index);
    if (twice !== undefined) throw new Refusal(500, `Duplicate address "${twice}" in "${key}"`);
  }
  for (const key of ['ipv4', 'ipv6']) {
    if (device[`${key}.routes`] && !device[`${key}.address`])
      throw new Refusal(500, `${key}.routes requires ${key}.address to be set`);
  }
  if (!device.parent && device.vlan)
    throw new Refusal(500, 'The vlan setting can only be used when combined with a parent interface');
};

/** What NICs are held to beside the values of their options. */
export const nicRules: Readonly<Record<string, { before?: Rule; after?: Rule }>> = {
  'nic bridged': { before: bridged },
  'nic macvlan': { before: onNetwork('nictype', 'parent', 'mtu', 'vlan', 'gvrp', 'mode') },
  'nic sriov': { before: onNetwork('nictype', 'parent', 'mtu', 'vlan') },
  'nic physical': { before: physical },
  'nic ovn': { before: ovn },
  'nic routed': { before: routedFirst, after: routed },
};
