import { resolve } from 'node:path';
import { candidates } from '../../lib/connect/candidates.js';

const usual = [
  '/var/snap/lxd/common/lxd/unix.socket',
  '/var/lib/lxd/unix.socket',
  '/var/snap/lxd/common/lxd-user/unix.socket',
  '/run/incus/unix.socket',
  '/var/lib/incus/unix.socket',
  '/run/incus/unix.socket.user user-1000',
  '/var/lib/incus/unix.socket.user user-1000',
];

const list = (env: NodeJS.ProcessEnv, uid: number | undefined = 1000) =>
  candidates({ env, uid }).map(({ socketPath, project }) =>
    project ? `${socketPath} ${project}` : socketPath,
  );

test.each<[string, NodeJS.ProcessEnv, string[]]>([
  ['nothing', {}, usual],
  ['empty variables', { LXD_SOCKET: '', LXD_DIR: '', INCUS_SOCKET: '', INCUS_DIR: '' }, usual],
  ['LXD_SOCKET', { LXD_SOCKET: '/s' }, ['/s']],
  ['LXD_DIR', { LXD_DIR: '/d' }, ['/d/unix.socket']],
  ['LXD_DIR with a slash', { LXD_DIR: '/d/' }, ['/d/unix.socket']],
  ['LXD_SOCKET before LXD_DIR', { LXD_SOCKET: '/s', LXD_DIR: '/d' }, ['/s']],
  ['LXD_DIR under an empty LXD_SOCKET', { LXD_SOCKET: '', LXD_DIR: '/d' }, ['/d/unix.socket']],
  ['INCUS_SOCKET', { INCUS_SOCKET: '/i' }, ['/i']],
  ['INCUS_DIR', { INCUS_DIR: '/d' }, ['/d/unix.socket', '/d/unix.socket.user user-1000']],
  ['INCUS_SOCKET before INCUS_DIR', { INCUS_SOCKET: '/i', INCUS_DIR: '/d' }, ['/i']],
  ['LXD first of both', { INCUS_SOCKET: '/i', LXD_SOCKET: '/s' }, ['/s', '/i']],
  ['LXD_DIR and INCUS_SOCKET', { INCUS_SOCKET: '/i', LXD_DIR: '/d' }, ['/d/unix.socket', '/i']],
  ['a relative path', { LXD_SOCKET: 'here/s' }, [resolve('here/s')]],
])('%s in the environment', (_, env, expected) => {
  expect(list(env)).toEqual(expected);
});

test('no project without a user id', () => {
  expect(candidates({ env: {}, uid: undefined }).filter(({ project }) => project !== undefined)).toEqual([]);
});

test('each has its product and why it is in the list', () => {
  expect(candidates({ env: { INCUS_DIR: '/d' }, uid: 7 })[1]).toEqual({
    kind: 'unix',
    product: 'incus',
    socketPath: '/d/unix.socket.user',
    project: 'user-7',
    why: 'INCUS_DIR',
    variable: 'INCUS_DIR',
  });
  for (const { socketPath, product, why } of candidates({ env: {}, uid: 7 })) {
    expect(socketPath).toContain(product);
    expect(why.toLowerCase()).toContain(product);
  }
});

test('the usual places can be elsewhere, the named ones not', () => {
  expect(candidates({ env: {}, uid: 7, root: '/r' })[0]?.socketPath).toBe(`/r${usual[0]}`);
  expect(candidates({ env: { LXD_SOCKET: '/s' }, uid: 7, root: '/r' })[0]?.socketPath).toBe('/s');
});
