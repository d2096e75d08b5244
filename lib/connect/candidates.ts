import { join, resolve } from 'node:path';
import type { UnixEndpoint } from './endpoint.js';
import type { Product } from './options.js';

/** A place where the local server may be. */
export interface Candidate extends UnixEndpoint {
  product: Product;
  /** Why it is in the list: the environment variable that names it, or whose usual place it is. */
  why: string;
  /** The environment variable that names it. */
  variable?: string;
}

/** What the search depends on. */
export interface Where {
  env: NodeJS.ProcessEnv;
  /** The effective user id, which names the project on Incus's user socket; undefined on Windows. */
  uid: number | undefined;
  /** Where the usual places are, instead of `/`. */
  root?: string;
  /** Whose server it must be; either's by default. */
  product?: Product | undefined;
}

const lxdPlaces = {
  'the LXD snap': '/var/snap/lxd/common/lxd/unix.socket',
  LXD: '/var/lib/lxd/unix.socket',
  'the LXD snap, for users': '/var/snap/lxd/common/lxd-user/unix.socket',
};
const incusFolders = ['/run/incus', '/var/lib/incus'];

/** The places to look at, in order. Those that the environment names keep all others from being tried. */
export function candidates({ product, ...where }: Where): Candidate[] {
  const project = where.uid === undefined ? {} : { project: `user-${where.uid}` };
  const isWanted = (one: Candidate) => product === undefined || one.product === product;
  const named = [...namedLxd(where.env), ...namedIncus(where.env, project)].filter(isWanted);
  return named.length > 0 ? named : usual(where, project).filter(isWanted);
}

function usual({ root = '/' }: Where, project: { project?: string }): Candidate[] {
  const lxd = Object.entries(lxdPlaces).map(([why, path]) => candidate('lxd', join(root, path), { why }));
  const incus = incusFolders.map((folder) =>
    candidate('incus', join(root, folder, 'unix.socket'), { why: 'Incus' }),
  );
  const incusUser = incusFolders.map((folder) =>
    candidate('incus', join(root, folder, 'unix.socket.user'), { why: 'Incus, for users', ...project }),
  );
  return [...lxd, ...incus, ...incusUser];
}

function namedLxd({ LXD_SOCKET, LXD_DIR }: NodeJS.ProcessEnv): Candidate[] {
  if (LXD_SOCKET) return [candidate('lxd', resolve(LXD_SOCKET), by('LXD_SOCKET'))];
  if (LXD_DIR) return [candidate('lxd', resolve(LXD_DIR, 'unix.socket'), by('LXD_DIR'))];
  return [];
}

function namedIncus(
  { INCUS_SOCKET, INCUS_DIR }: NodeJS.ProcessEnv,
  project: { project?: string },
): Candidate[] {
  if (INCUS_SOCKET) return [candidate('incus', resolve(INCUS_SOCKET), by('INCUS_SOCKET'))];
  if (!INCUS_DIR) return [];
  // As in Incus's own client, the user socket beside it counts as named by INCUS_DIR too.
  return [
    candidate('incus', resolve(INCUS_DIR, 'unix.socket'), by('INCUS_DIR')),
    candidate('incus', resolve(INCUS_DIR, 'unix.socket.user'), { ...by('INCUS_DIR'), ...project }),
  ];
}

function by(variable: string): Pick<Candidate, 'why' | 'variable'> {
  return { why: variable, variable };
}

function candidate(
  product: Product,
  socketPath: string,
  rest: Pick<Candidate, 'why' | 'variable' | 'project'>,
): Candidate {
  return { kind: 'unix', product, socketPath, ...rest };
}
