import type { SocketTrouble } from '../socket-trouble.js';
import { proxyOption, type ProxyServer } from './server.js';

/** Why there is no way through a proxy. The server has heard nothing. */
export class TunnelError extends Error {
  readonly trouble: SocketTrouble;
  /** Of the connection to the proxy: those that may be tried again are. */
  declare readonly code?: string;

  constructor(
    proxy: ProxyServer,
    { reason, remedy }: Required<SocketTrouble>,
    cause?: NodeJS.ErrnoException,
  ) {
    const all = `${remedy} To go without it, ${withoutIt(proxy)}`;
    super(`${reason}; ${all}`, cause && { cause });
    this.trouble = { reason, remedy: all };
    if (cause?.code !== undefined) this.code = cause.code;
  }
}

/** The proxy could not be reached, or said nothing that can be read. */
export function proxyFailed(proxy: ProxyServer, error: NodeJS.ErrnoException): TunnelError {
  const { code, message } = error;
  const { description } = proxy;
  switch (code) {
    case 'ECONNREFUSED':
      return new TunnelError(
        proxy,
        { reason: `${description} refuses connections`, remedy: 'is it up?' },
        error,
      );
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new TunnelError(
        proxy,
        { reason: `the host of ${description} is not known`, remedy: 'is its name right?' },
        error,
      );
    case 'ETIMEDOUT':
    case 'EHOSTUNREACH':
    case 'ENETUNREACH':
      return new TunnelError(proxy, { reason: `${description} does not answer`, remedy: 'is it up?' }, error);
    case undefined: {
      // Of the library, which may quote what came: no cause.
      const ended = message.includes('ended before');
      const reason = ended
        ? `${description} closed the connection without an answer`
        : `what answers as ${description} is no HTTP proxy`;
      return new TunnelError(proxy, { reason, remedy: 'are its host and port right?' });
    }
    default:
      return new TunnelError(
        proxy,
        {
          reason: `the connection to ${description} failed: ${message}`,
          remedy: 'is it a proxy of http:// or of https://?',
        },
        error,
      );
  }
}

/** The proxy would not let us through to `target`. */
export function proxyAnswered(proxy: ProxyServer, status: number, target: string): TunnelError {
  const { description, hasCredentials } = proxy;
  if (!(status >= 100)) {
    const reason = `what answers as ${description} is no HTTP proxy`;
    return new TunnelError(proxy, { reason, remedy: 'are its host and port right?' });
  }
  const said = `(HTTP ${String(status)})`;
  if (status === 407) {
    const reason = hasCredentials
      ? `${description} does not accept the user and password ${said}`
      : `${description} asks for a user and password ${said}`;
    return new TunnelError(proxy, {
      reason,
      remedy: 'put the right ones into its URL, http://user:password@host.',
    });
  }
  if (status >= 500) {
    const reason = `${description} could not connect to ${target} ${said}`;
    return new TunnelError(proxy, { reason, remedy: 'is the server up, and can the proxy reach it?' });
  }
  const reason = `${description} refuses to connect to ${target} ${said}`;
  return new TunnelError(proxy, { reason, remedy: 'it may allow few ports, such as 443.' });
}

function withoutIt({ namedBy }: ProxyServer): string {
  return namedBy === proxyOption ? 'pass proxy: false' : 'name the host in NO_PROXY, or pass proxy: false';
}
