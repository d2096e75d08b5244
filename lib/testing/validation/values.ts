import { BlockList, isIP, SocketAddress } from 'node:net';

/** The parts of a value that is a list with commas, without blanks around them and without empty ones. */
export function listOf(value = ''): string[] {
  const parts = value.split(',').map((part) => part.trim());
  return parts.filter(Boolean);
}

/** Is it an address, a network or a range of addresses, the lower one first? */
export function isAddress(part: string): boolean {
  const [first = '', bits] = part.split('/');
  if (bits !== undefined) return isIP(first) > 0 && isNumber(bits, isIP(first) === 4 ? 32 : 128);
  const [low = '', high = low, ...more] = part.split('-');
  return isIP(low) > 0 && isIP(low) === isIP(high) && more.length === 0 && isInOrder(low, high);
}

/** An address as Go prints it; undefined for what is none. */
export function printedAddress(text: string): string | undefined {
  if (isIP(text) !== 6 || text.includes('%')) return isIP(text) === 4 ? text : undefined;
  const { address } = new SocketAddress({ address: text, family: 'ipv6' });
  const mapped = address.replace(/^::ffff:/, '');
  if (isIP(mapped) === 4) return mapped;
  const hex = (high: string, low: string) => (Number(high) * 256 + Number(low)).toString(16);
  return address.replace(
    /(\d+)\.(\d+)\.(\d+)\.(\d+)$/,
    (_, a: string, b: string, c: string, d: string) => `${hex(a, b)}:${hex(c, d)}`,
  );
}

/** What the servers say of what is no subnet of this family, or, where it has to be one, no address of a host in it. */
export function subnetProblem(value: string, family: 4 | 6, of?: 'a host'): string | undefined {
  if (!/^[^/-]+\/\d+$/.test(value) || !isAddress(value)) return `invalid CIDR address: ${value}`;
  const [address = '', bits = ''] = value.split('/');
  if (isIP(address) !== family) return `Not an IPv${family} address "${value}"`;
  const isFirst = family === 6 ? address.endsWith('::') : isInSubnet(address, `${address}/${bits}`, 'first');
  return of && isFirst ? `Not a usable IPv${family} address "${value}"` : undefined;
}

/** Is an address in a subnet, or the first one of it? */
export function isInSubnet(address: string, subnet: string, where?: 'first'): boolean {
  const [network = '', bits = ''] = subnet.split('/');
  const family = isIP(network);
  if (isIP(address) !== family || family === 0) return false;
  if (where === 'first') return numberOf(address) % 2 ** (32 - Number(bits)) === 0;
  const list = new BlockList();
  const version = family === 4 ? 'ipv4' : 'ipv6';
  list.addSubnet(network, Number(bits), version);
  return list.check(address, version);
}

function numberOf(address: string): number {
  return address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
}

function isInOrder(low: string, high: string): boolean {
  try {
    new BlockList().addRange(low, high, isIP(low) === 4 ? 'ipv4' : 'ipv6');
    return true;
  } catch {
    return false;
  }
}

/** What the parts of a list can be, and what the servers say of one that is not. */
export const parts = {
  /** A port, or a range of them; the servers take any number that fits into 32 bits. */
  port(part: string) {
    const [, low = part, high] = /^(.*?)-(.*)$/.exec(part) ?? [];
    if (!isNumber(low, 2 ** 32 - 1)) return `Invalid port number "${part}"`;
    if (high === undefined) return undefined;
    if (!isNumber(high, 2 ** 32 - 1)) return `Invalid end port number "${part}"`;
    return Number(low) < Number(high) ? undefined : `Start port ${low} must be lower than end port ${high}`;
  },
  /** A number from 0 to 255. */
  byte: (part: string) =>
    isNumber(part, 255) ? undefined : `Invalid value for an integer "${part}". Must be between 0 and 255`,
} as const;

function isNumber(text: string, most: number): boolean {
  return /^\d+$/.test(text) && Number(text) <= most;
}
