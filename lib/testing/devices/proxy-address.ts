import { isIP } from 'node:net';

/** What a proxy listens on, or connects to. */
export interface ProxyAddress {
  protocol: string;
  address: string;
  /** How many ports it has; none of a unix socket. */
  ports: number;
}

const quote = JSON.stringify;

/** Reads the address of a proxy: `tcp:127.0.0.1:80-82,90`, `unix:/run/socket`. Of a wrong one, what the servers say. */
export function proxyAddress(text: string): ProxyAddress | string {
  const [protocol = '', ...rest] = text.split(':');
  const where = rest.join(':');
  if (!['tcp', 'udp', 'unix'].includes(protocol)) return `Unknown protocol type ${quote(protocol)}`;
  if (where === '') return 'Missing address';
  if (protocol === 'unix') return { protocol, address: where, ports: 0 };
  const split = hostAndPort(where);
  if (typeof split === 'string') return split;
  const [address, list] = split;
  if (address && !isIP(address)) return `Not an IP address ${quote(address)}`;
  let ports = 0;
  for (const part of list.split(',')) {
    const count = portsIn(part);
    if (typeof count === 'string') return count;
    ports += count;
  }
  return { protocol, address, ports };
}

/** As Go's `net.SplitHostPort()`. */
function hostAndPort(text: string): [host: string, port: string] | string {
  const says = (why: string) => `address ${text}: ${why}`;
  const [, bracketed, port] = /^\[([^\]]*)\]:([^:]*)$/.exec(text) ?? [];
  if (bracketed !== undefined) return [bracketed, port ?? ''];
  const colons = text.split(':').length - 1;
  if (colons === 0) return says('missing port in address');
  if (colons > 1) return says('too many colons in address');
  const [host = '', after = ''] = text.split(':');
  return [host, after];
}

function portsIn(range: string): number | string {
  const [first = '', last, ...more] = range.split('-');
  if (more.length > 0) return `Invalid port range ${quote(range)}`;
  const wrong = [first, last].find((part) => part !== undefined && !/^[+-]?\d+$/.test(part));
  if (wrong !== undefined) return `strconv.ParseInt: parsing ${quote(wrong)}: invalid syntax`;
  if (last === undefined) return 1;
  if (Number(last) <= Number(first)) return 'End port should be higher than start port';
  return Number(last) - Number(first) + 1;
}
