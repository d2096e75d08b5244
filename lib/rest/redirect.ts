import { ProtocolError } from '../errors/index.js';
import { askedOf } from './asked.js';
import type { TransportHead, TransportRequest } from './transport.js';

const redirects = new Set([301, 302, 303, 307, 308]);

/** How many redirects of one request are followed. */
const limit = 5;

/**
 * Where a redirect of a read leads on the same server, as a path with its query; undefined for any other answer.
 * @throws ProtocolError for a redirect of a write, or to elsewhere, where neither headers nor certificate may go
 */
export function redirectedTo(
  request: TransportRequest,
  { status, headers }: TransportHead,
  origin: string,
  followed: number,
): string | undefined {
  if (!redirects.has(status)) return undefined;
  const { method, path } = askedOf(request);
  const refuse = (what: string): never => {
    throw new ProtocolError(`${method} ${path}: the server redirects (${String(status)}) ${what}`, {
      method,
      path,
      status,
    });
  };
  const { location } = headers;
  const base = origin + request.path;
  if (location === undefined || !URL.canParse(location, base)) return refuse('to nowhere');
  const target = new URL(location, base);
  const shown = target.host === '' ? target.protocol : `${target.protocol}//${target.host}${target.pathname}`; // a query or user may be secret
  if (`${target.protocol}//${target.host}` !== originOf(base)) {
    return refuse(`to ${shown}: if that is the API, name it as endpoint`);
  }
  if (method !== 'GET' && method !== 'HEAD') {
    return refuse(`to ${shown}, and only reads are followed: is there a proxy between?`);
  }
  if (followed >= limit) return refuse(`again and again, now to ${shown}`);
  return target.pathname + target.search;
}

function originOf(url: string): string {
  const { protocol, host } = new URL(url);
  return `${protocol}//${host}`;
}
