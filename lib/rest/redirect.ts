import { ProtocolError } from '../errors/index.js';
import type { Asked } from './asked.js';
import type { TransportHead } from './transport.js';

const redirects = new Set([301, 302, 303, 307, 308]);

/** How many redirects of one request are followed. */
const limit = 5;

/** What was redirected. */
export interface Redirected {
  asked: Asked;
  /** Where it was asked last. */
  url: string;
  /** How many were followed before; undefined where none may be, as of a write. */
  followed?: number | undefined;
}

/**
 * Where a redirect of a read leads on the same server, as a path with its query; undefined for any other answer.
 * @throws ProtocolError for a redirect of a write, or to elsewhere, where neither headers nor certificate may go
 */
export function redirectedTo(
  { status, headers }: TransportHead,
  { asked, url, followed }: Redirected,
): string | undefined {
  if (!redirects.has(status)) return undefined;
  const refuse = (what: string): never => {
    const message = `${asked.method} ${asked.path}: the server redirects (${String(status)}) ${what}`;
    throw new ProtocolError(message, { ...asked, status });
  };
  const { location } = headers;
  if (location === undefined || !URL.canParse(location, url)) return refuse('to nowhere');
  const target = new URL(location, url);
  // What else it has may be secret.
  const shown = target.host === '' ? target.protocol : serverOf(target) + target.pathname;
  if (serverOf(target) !== serverOf(new URL(url))) {
    return refuse(`to ${shown}: if that is the API, name it as endpoint`);
  }
  if (followed === undefined)
    return refuse(`to ${shown}, and only reads are followed: is there a proxy between?`);
  if (followed >= limit) return refuse(`again and again, now to ${shown}`);
  return target.pathname + target.search;
}

function serverOf({ protocol, host }: URL): string {
  return `${protocol}//${host}`;
}
