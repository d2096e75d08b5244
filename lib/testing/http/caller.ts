import type { Peer } from './peer.js';

/** Who makes a request, and what the server thinks of that. */
export interface Caller {
  /** What it is known by; nothing, for who is not trusted. */
  readonly method: 'unix' | 'tls' | 'oidc' | 'bearer' | 'cluster' | '';
  /** The name of the user, the fingerprint of the certificate, or the id of the identity. */
  readonly name: string;
  /** The projects that its certificate is restricted to; without them it may do everything. */
  readonly projects?: readonly string[];
  /** Why what it came with proves nothing. */
  readonly problem?: string;
  /** Where it is, over the network. */
  readonly peer?: Peer | undefined;
}

/** Whoever may use the unix socket. */
export const root: Caller = { method: 'unix', name: 'root' };

/** May it do everything? */
export function isAdmin({ method, projects }: Caller): boolean {
  return method !== '' && !projects;
}
