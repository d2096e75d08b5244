import { root, type Caller } from '../../http/caller.js';
import { fingerprintOf } from '../../http/certificate.js';
import type { Peer } from '../../http/peer.js';
import type { State } from '../../state/state.js';
import { bearerOf } from '../auth/oidc.js';
import { identityWith } from '../auth/records.js';
import { certificatesOf } from './store.js';

function loggedIn(state: State, authorization: string | null | undefined): Partial<Caller> | undefined {
  const bearer = authorization ? bearerOf(state, authorization) : undefined;
  return bearer && 'name' in bearer ? { ...bearer, method: 'oidc' } : bearer;
}

/**
 * Who asks for this path, and with which `Authorization`: whoever has shown no certificate that the server trusts, and no
 * token of its own, is nobody.
 */
export function callerOf(
  state: State,
  peer: Peer | undefined,
  path: string,
  authorization: string | null | undefined,
): Caller {
  if (!peer) return root;
  const name = peer.certificate ? fingerprintOf(peer.certificate) : '';
  const identity = identityWith(state, { fingerprint: name, token: authorization?.replace(/^Bearer /, '') });
  if (identity) return { ...identity, peer }; // what its groups allow limits nobody here
  const one = certificatesOf(state).get(name);
  // Incus looks at the token first, LXD at the certificate.
  const bearer =
    one?.type === 'client' && state.product.name === 'lxd' ? undefined : loggedIn(state, authorization);
  if (bearer) return { method: '', name: '', ...bearer, peer };
  // A certificate for metrics is one for nothing else.
  if (!one || (one.type === 'metrics' && path !== '/1.0/metrics')) return { method: '', name: '', peer };
  const method = one.type === 'server' ? 'cluster' : 'tls';
  return { method, name, peer, ...(one.restricted && { projects: one.projects }) };
}
