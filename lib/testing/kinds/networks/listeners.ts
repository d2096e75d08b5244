import type { Place } from '../../kind/place.js';
import { Refusal } from '../../state/refusal.js';
import { isInSubnet, listOf, printedAddress } from '../../validation/values.js';
import { gatewaysOf, networksOf, type Network } from './records.js';

// What forwards and load balancers have in common: both listen on an address, and have ports and targets.

/** What is declared alike; `what` is `forward` or `load balancer`, of networks of these types. */
export function listener<T extends { name: string; description: string }>(
  what: string,
  drivers: readonly string[],
) {
  /** How the server words what fails in a driver. */
  const failed = (isNew: boolean, why: string) => `Failed ${isNew ? 'creating' : 'updating'} ${what}: ${why}`;
  const above = (place: Place<T>) => networkAbove(place, drivers, `${what}s`);
  const declared = {
    path: `/1.0/networks/{networkName}/${what.replace(' ', '-')}s/{listenAddress}`,
    title: `network ${what}`,
    extension: `network_${what.replace(' ', '_')}`,
    scope: 'project',
    feature: 'networks',
    order: 'name',
    event: `network-${what.replace(' ', '-')}`,
    ignoresMatch: true,
    spelt: tidiedAddress,
    admit: above,
  } as const;
  const exists = () => [409, failed(true, `A ${what} for that listen address already exists`)] as const;
  return { declared, exists, failed, above };
}

/** An item of its lists as it is kept: with all fields of a blank one, each as the server spells it. */
export function itemOf<Item extends object>(blank: Item, sent: Partial<Item>): Item {
  const item: Record<string, unknown> = { ...blank, ...sent };
  for (const [field, spell] of Object.entries(spelling))
    if (field in item) item[field] = spell(item[field] as string);
  return item as Item;
}

/** The network that a list is of. @throws Refusal where there is none, or its type has none of these */
export function networkAbove<T>(
  { project, param }: Place<T>,
  drivers: readonly string[],
  what: string,
): Network {
  const network = networksOf(project).get(param('networkName'));
  if (!network) throw new Refusal(404, 'Failed loading network: Network not found');
  if (drivers.includes(network.type)) return network;
  throw new Refusal(400, `Network driver "${network.type}" does not support ${what}`);
}

/** What the server says of an address to listen on. */
export function listenAddressProblem(name: string): string | undefined {
  if (printedAddress(name) !== undefined) return undefined;
  const cidr = `${name}/${name.includes(':') ? 128 : 32}`;
  return `Failed parsing address forward listen address "${name}": invalid CIDR address: ${cidr}`;
}

/** What it says of an address of a family of which the network has none. */
export function familyProblem(name: string, { type, config }: Network): string | undefined {
  const own = config[name.includes(':') ? 'ipv6.address' : 'ipv4.address'] ?? '';
  return type === 'ovn' || own.includes('/') ? undefined : `invalid CIDR address: ${own}`;
}

/** A list of ports without blanks. */
export const tidiedPorts = (list = ''): string => listOf(list).join(',');

/** An address as it is kept; what is none, stays as it was sent. */
export const tidiedAddress = (text = ''): string => printedAddress(text) ?? text;

const spelling = {
  description: (text: string) => text.trim(),
  listen_port: tidiedPorts,
  target_port: tidiedPorts,
  target_address: tidiedAddress,
};

/** What the server says of an address on the network that a listener at `listen` sends to. */
export function targetProblem(
  target: string,
  listen: string,
  network: Network,
  where: string,
): string | undefined {
  if (printedAddress(target) === undefined) return `Invalid target address in ${where}`;
  if (target.includes(':') !== listen.includes(':'))
    return `Cannot mix IP versions in listen address and ${where} target address`;
  return isOn(network, target) ? undefined : `Target address is not within the network subnet in ${where}`;
}

/** Is an address in a subnet of a network? */
export function isOn(network: Network, address: string): boolean {
  return gatewaysOf(network).some(([, own, bits]) => isInSubnet(address, `${own}/${bits}`));
}

/** What it says of what is listened for, one port after the other: `seen` are those before. */
export function listenProblem(
  { protocol, listen_port: list }: { protocol: string; listen_port: string },
  seen: Set<string>,
  where: string,
): string | undefined {
  if (!list) return `Missing listen port in ${where}`;
  const wrong = portsProblem(list);
  if (wrong !== undefined) return `Invalid listen port in ${where}: ${wrong}`;
  for (const number of portsIn(list)) {
    const key = `${protocol}/${number}`;
    if (seen.has(key)) return `Duplicate listen port ${number} for protocol "${protocol}" in ${where}`;
    seen.add(key);
  }
  return undefined;
}

export function protocolProblem(protocol: string, where: string): string | undefined {
  const isOne = protocol === 'tcp' || protocol === 'udp';
  return isOne ? undefined : `Invalid port protocol in ${where}, protocol must be one of: tcp, udp`;
}

/** The ports of a list, one by one. */
export function portsIn(list: string): number[] {
  return listOf(list).flatMap((part) => {
    const [low = 0, high = low] = part.split('-').map(Number);
    return Array.from({ length: high - low + 1 }, (_, index) => low + index);
  });
}

/** What it says of a list of ports. */
export function portsProblem(list: string): string | undefined {
  for (const part of listOf(list)) {
    const odd = part.split('-').find((number) => !/^[+-]?\d+$/.test(number));
    if (odd !== undefined) return `strconv.ParseInt: parsing ${JSON.stringify(odd)}: invalid syntax`;
    const [low = 0, high, ...more] = part.split('-').map(Number);
    if (more.length > 0) return `Invalid port range "${part}"`;
    if (high !== undefined && low >= high) return 'End port should be higher than start port';
  }
  return undefined;
}

/** What it says of the options of a listener beside `user.*`. */
export function optionsProblem(config: Readonly<Record<string, string>>, known: RegExp): string | undefined {
  const odd = Object.keys(config).find((key) => !known.test(key) && !key.startsWith('user.'));
  return odd === undefined ? undefined : `Invalid option "${odd}"`;
}
