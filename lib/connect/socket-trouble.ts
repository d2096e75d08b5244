import type { UnixEndpoint } from './endpoint.js';
import type { Product } from './options.js';

/** Why a socket cannot be used, and what to do about it. */
export interface SocketTrouble {
  /** A phrase: `absent`, `not permitted`, `refused`. */
  reason: string;
  remedy?: string;
}

/** What a failed connection to a socket means. */
export function socketTrouble(error: NodeJS.ErrnoException, endpoint: UnixEndpoint): SocketTrouble {
  switch (error.code) {
    case 'ENOENT':
    case 'ENOTDIR':
      return { reason: 'absent' };
    case 'EACCES':
    case 'EPERM':
      return { reason: 'not permitted', remedy: joinGroup(endpoint) };
    case 'ECONNREFUSED':
      return { reason: 'refused', remedy: `nothing listens on it: ${startDaemon(endpoint)}` };
    case 'EAGAIN':
      return { reason: 'busy', remedy: 'too many connections wait for the daemon: try again later' };
    case 'ETIMEDOUT':
      return { reason: 'no answer', remedy: `the daemon hangs: look into its log` };
    case 'ENAMETOOLONG':
      return { reason: 'too long a path for a socket', remedy: 'use a shorter symbolic link' };
    default:
      return { reason: error.message || (error.code ?? 'failed') };
  }
}

function joinGroup({ socketPath, product = productOf(socketPath) }: UnixEndpoint): string {
  const join = (group: string) => `sudo usermod -aG ${group} "$USER", then log in again`;
  if (socketPath.endsWith('.user')) return `join the group incus: ${join('incus')}`;
  if (product === 'lxd') return `join the group lxd: ${join('lxd')}`;
  if (product === 'incus') {
    return `join the group incus-admin (or incus, for a project of your own): ${join('incus-admin')}`;
  }
  return 'join the group that owns it (ls -l shows which), then log in again';
}

function startDaemon({ socketPath, product = productOf(socketPath) }: UnixEndpoint): string {
  if (socketPath.startsWith('/var/snap/')) return 'sudo snap start lxd';
  if (socketPath.endsWith('.user')) return 'sudo systemctl start incus-user';
  return product ? `start the daemon, e.g. sudo systemctl start ${product}` : 'start the daemon';
}

/** For sockets that the caller named: only advice depends on it. */
function productOf(socketPath: string): Product | undefined {
  return /incus|lxd/.exec(socketPath)?.[0] as Product | undefined;
}
