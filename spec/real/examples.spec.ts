import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { remote, runExample, secondServer, shows, type Run } from '../examples/run.js';
import { makeCertificate } from '../support/certificates.js';
import { namesIn, networkPrefix } from './cleanup.js';
import { describeReal } from './harness.js';
import { canStart, startOwnDaemon } from './own-daemon.js';

describeReal('the examples', (server) => {
  const variable = { lxd: 'LXD_SOCKET', incus: 'INCUS_SOCKET' }[server.product];
  const env = { [variable]: server.socketPath, TSLXD_EXAMPLE_PREFIX: server.prefix };
  const names = Object.keys(shows).filter((name) => name !== 'test-with-the-fake.ts');
  const runs = new Map<string, Promise<Run>>();

  beforeAll(async () => {
    await server.ensureImage();
    for (const name of names) runs.set(name, runExample(name, env));
  });

  it.each(names)(
    '%s does what it shows',
    async (name) => {
      const { exitCode, stdout, stderr } = await runs.get(name)!;
      expect(stdout + stderr).toContain(`Connected to ${server.name} ${server.version}`);
      expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(shows[name]!) });
      expect(exitCode).toBe(0);
    },
    120_000,
  );

  it('they leave nothing behind', async () => {
    await Promise.all(runs.values());
    const lists = ['instances', 'profiles', 'networks', 'network-acls', 'network-zones', 'storage-pools'];
    const more = ['projects', 'storage-pools/default/volumes/custom'];
    const names = await Promise.all([...lists, ...more].map(async (list) => namesIn(server, `/1.0/${list}`)));
    const images =
      await server.read<{ aliases: { name: string }[]; properties: Record<string, string> }[]>(
        '/1.0/images?recursion=1',
      );
    const words = [
      ...names.flat(),
      ...images.flatMap(({ aliases, properties }) => [
        ...(aliases ?? []).map(({ name }) => name),
        ...Object.values(properties ?? {}),
      ]),
    ];
    const ours = [server.prefix, networkPrefix(server.prefix)];
    expect(words.filter((word) => ours.some((start) => word.startsWith(start)))).toEqual([]);
  });

  it(`${remote} connects with a client certificate`, async () => {
    const { cert, key } = await makeCertificate({ commonName: server.uniqueName('example') });
    const distrust = await server.trustClient(cert);
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-example-'));
    const file = async (name: string, text: string) => {
      await writeFile(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    try {
      const { stdout, exitCode } = await runExample(remote, {
        TSLXD_ENDPOINT: server.httpsUrl,
        TSLXD_CLIENT_CERT: await file('client.crt', cert),
        TSLXD_CLIENT_KEY: await file('client.key', key),
        TSLXD_SERVER_CERT: await file('server.crt', server.serverCert),
      });
      expect(stdout).toMatch(/: we are trusted\ninstances: \d+\n/);
      expect(exitCode).toBe(0);
    } finally {
      await distrust();
      await rm(folder, { recursive: true });
    }
  });

  const onlyWhere = canStart(server.product) || process.env.TSLXD_REQUIRE_REAL === '1' ? it : it.skip;
  onlyWhere(
    `${secondServer.name} moves an instance to a second server`,
    async () => {
      const second = await startOwnDaemon(server, { https: true });
      try {
        const more = { TSLXD_SECOND_SOCKET: second.socketPath };
        const { stdout, stderr, exitCode } = await runExample(secondServer.name, { ...env, ...more });
        expect({ stdout, stderr }).toMatchObject({ stdout: expect.stringMatching(secondServer.shows) });
        expect(exitCode).toBe(0);
        const left = [
          ...(await server.read<string[]>('/1.0/instances')),
          ...(await second.server.read<string[]>('/1.0/instances')),
        ];
        expect(left.filter((url) => url.includes(server.prefix))).toEqual([]);
      } finally {
        await second.remove();
      }
    },
    120_000,
  );
});
