import { isAbsolute } from 'node:path';
import { hasPem, hasToken, hidden, InvalidInputError, shown } from '../errors/index.js';

/** What a kernel takes as a socket's path (`sun_path` less its final zero); Node would cut the rest off. */
export const maxSocketPath = 107;

/** The port of both servers, and what their command lines add to a remote without one. */
const defaultPort = 8443;

/** A host as TLS knows it (no brackets), with the origin that names it in URLs. */
export interface HttpsAddress {
  origin: string;
  host: string;
}

/** An address for messages: in quotation marks, or hidden where it has an `@`, before which a password may stand. */
export function quoted(address: string): string {
  return address.includes('@') ? hidden : shown(address);
}

/** Refuses secrets in place of where a server is. @throws InvalidInputError, which does not show them */
export function assertNoSecret(text: string, what: string): void {
  if (hasPem(text)) {
    throw new InvalidInputError(
      `${what} is PEM text: pass it as clientCert, clientKey, serverCert or ca, beside an endpoint`,
    );
  }
  if (hasToken(text) && !/^\s*[a-z]+:/i.test(text)) {
    throw new InvalidInputError(`${what} is a trust token: pass { token } to Client.connect()`);
  }
}

/** Reads `endpoint`; undefined = search (`unix://`). */
export function parseAddress(endpoint: unknown): { socketPath: string } | HttpsAddress | undefined {
  if (typeof endpoint !== 'string') throw new InvalidInputError("endpoint must be text: 'https://host:8443'");
  const text = endpoint.trim();
  assertNoSecret(text, 'endpoint');
  // As the Go clients: `unix:`, then `//`, then a path that is not percent-encoded.
  const unix = /^unix:(?:\/\/)?(.*)$/s.exec(text);
  if (unix) return unix[1] ? { socketPath: validSocketPath(unix[1], 'endpoint') } : undefined;
  return parseHttps(text);
}

function parseHttps(text: string): HttpsAddress {
  const given = quoted(text);
  if (/^http:/i.test(text)) {
    throw new InvalidInputError(`endpoint ${given} is not encrypted, which no server offers: use https://`);
  }
  if (isAbsolute(text)) throw new InvalidInputError(`endpoint ${given} is a path: pass it as socketPath`);
  if (!/^https:\/\//i.test(text)) {
    throw new InvalidInputError(`endpoint ${given} must be https://host[:port] or unix:///path`);
  }
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url?.hostname) throw new InvalidInputError(`endpoint ${given} is not a URL: use https://host[:port]`);
  if (url.username || url.password) {
    throw new InvalidInputError('endpoint has a user or password: use clientCert and clientKey');
  }
  if (url.pathname !== '/' || url.search || url.hash) {
    throw new InvalidInputError(
      `endpoint ${given} must end after host and port: paths are the client's to add`,
    );
  }
  // A URL forgets the port that its scheme implies: as http:// an explicit 443 is still there.
  const port = url.port || new URL(text.replace(/^https/i, 'http')).port || String(defaultPort);
  return { origin: `https://${url.hostname}:${port}`, host: url.hostname.replace(/^\[|\]$/g, '') };
}

/** Returns the path if a socket can have it. */
export function validSocketPath(path: unknown, option: string): string {
  if (typeof path !== 'string' || path === '') {
    throw new InvalidInputError(`${option} must be the path of a unix socket; leave it out to search`);
  }
  assertNoSecret(path, option);
  if (!isAbsolute(path)) {
    throw new InvalidInputError(`${option} ${shown(path)} is relative: pass an absolute path`);
  }
  if (path.includes('\0')) throw new InvalidInputError(`${option} has a zero byte`);
  if (Buffer.byteLength(path) > maxSocketPath) {
    throw new InvalidInputError(
      `${option} ${shown(path)} is longer than the ${maxSocketPath} bytes that a socket path may have: use a shorter symbolic link`,
    );
  }
  return path;
}
