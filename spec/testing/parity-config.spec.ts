import { keysByKind, ownKeys } from '../../lib/testing/data/config-keys.js';
import { describePair } from './parity.js';
import { call, ended } from './support.js';

const values = ['x', '1', '-1', '11', 'true', '1GiB', '50%', '0', '@daily', 'a=b', ''];
const own = [ownKeys.lxd, ownKeys.incus].flatMap((all) => Object.values(all).flat());
const families = [
  'environment.A',
  'image.os',
  'user.a',
  'linux.sysctl.a',
  'limits.kernel.nofile',
  'smbios11.a',
  'nope',
];
const ofDevices = ['hwaddr', 'last_state.ip_addresses', 'last_state.pci.parent', 'nope'].map(
  (end) => `volatile.eth0.${end}`,
);
const keys = [...new Set([...Object.values(keysByKind).flat(), ...own, ...families, ...ofDevices])];

/** What only holds for this machine, or is read by programs that the fake does not have. */
const apart = new Set([
  ...['cloud-init.network-config', 'limits.disk.priority', 'nvidia.runtime', 'raw.qemu.scriptlet', 'raw.lxc'],
  ...[
    'volatile.idmap.next',
    'volatile.idmap.current',
    'volatile.last_state.idmap',
    'raw.apparmor',
    'raw.seccomp',
  ],
]);

describePair((servers) => {
  const name = servers.real.uniqueName('cfg');
  const paths = [`/1.0/profiles/${name}`, `/1.0/instances/${name}`];
  const sockets = () => [servers.real.socketPath, servers.fake.socketPath] as const;

  beforeAll(async () => {
    for (const socket of sockets()) {
      await call(socket, 'POST', '/1.0/profiles', { name });
      await ended(socket, await call(socket, 'POST', '/1.0/instances', { name, source: { type: 'none' } }));
    }
  });
  afterAll(async () => {
    await call(servers.real.socketPath, 'DELETE', paths[0]!);
    await ended(servers.real.socketPath, await call(servers.real.socketPath, 'DELETE', paths[1]!));
  });

  it.each(keys.filter((key) => !apart.has(key)))('about %s in a config', async (key) => {
    const said = async (socket: string): Promise<string[]> => {
      const all: string[] = [];
      for (const path of paths)
        for (const value of values) {
          const { status, body } = await call(socket, 'PATCH', path, { config: { [key]: value } });
          all.push(`${path} ${value}: ${status} ${body.error}`);
          if (status === 200 && value) await call(socket, 'PATCH', path, { config: { [key]: '' } });
        }
      return all;
    };
    expect(await said(sockets()[1])).toEqual(await said(sockets()[0]));
  });
});
