import { isIP } from 'node:net';
import { InvalidInputError } from '../../errors/index.js';

/** An IPv4 address that is written as an IPv6 one, as `new URL()` spells it. */
const mapped = /^::ffff:([0-9a-f]{1,4}):([0-9a-f]{1,4})$/;

/**
 * An IP address as the servers spell it, who find things by no other spelling: `2001:DB8:0::5` is `2001:db8::5`, and
 * `::ffff:192.0.2.7` is `192.0.2.7`. Undefined for what is no address.
 */
export function canonicalAddress(text: string): string | undefined {
  const family = isIP(text);
  if (family !== 6) return family === 4 ? text : undefined;
  if (text.includes('%')) return undefined; // a zone, which only means something on one host
  const address = new URL(`http://[${text}]`).hostname.slice(1, -1); // shortest, lower case, no dotted end
  const [, high, low = ''] = mapped.exec(address) ?? [];
  if (high === undefined) return address;
  return new URL(`http://0x${high}${low.padStart(4, '0')}`).hostname;
}

/** The key of what listens on an address. @throws InvalidInputError for what is no address */
export function listenAddress(text: string): string {
  const address = canonicalAddress(text);
  if (address !== undefined) return address;
  throw new InvalidInputError(`${JSON.stringify(text)} is not an IP address to listen on`);
}
