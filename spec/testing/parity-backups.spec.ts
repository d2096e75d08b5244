import { useClient } from '../real/client.js';
import { describePair } from './parity.js';

describePair((servers) => {
  const { real } = servers;
  const { client } = useClient(real);
  let name: string;

  beforeAll(async () => {
    name = real.uniqueName('parity');
    servers.fake.addInstance({ name });
    await client.instances.create({ name, source: { type: 'none' } });
  });
  afterAll(async () => {
    await servers.pair.quietly('DELETE', `/1.0/instances/${name}`);
  });

  it('about backups', async () => {
    const path = `/1.0/instances/${name}/backups`;
    await servers.pair.same('GET', path);
    for (const body of [
      { name: 'one' },
      { name: 'one' },
      { name: 'a/b' },
      {},
      { name: 'two', expires_at: '2040-01-01T00:00:00Z', instance_only: true, compression_algorithm: 'none' },
      { name: 'x', compression_algorithm: 'nope' },
      { name: 'x', expires_at: 'soon' },
      { name: 1 },
      '{bad',
      '',
    ]) {
      await servers.pair.same('POST', path, body);
    }
    await servers.pair.same('POST', '/1.0/instances/nope/backups', {});
    for (const target of ['', '?recursion=1', '/one', '/two', '/nope', '/nope/export']) {
      await servers.pair.same('GET', `${path}${target}`);
    }
    for (const body of [{ name: 'x/y' }, { name: 'three' }])
      await servers.pair.same('POST', `${path}/two`, body);
    await servers.pair.same('POST', `${path}/nope`, { name: 'x' });
    await servers.pair.same('GET', `${path}/three`);
    for (let count = 0; count < 2; count++) await servers.pair.same('DELETE', `${path}/three`);
    // Of these the real ones have moved the file already, and what becomes of the backup then is left out.
    await servers.pair.same('POST', `${path}/backup0`, {});
    await servers.pair.same('POST', `${path}/one`, { name: 'backup0' });
  });

  it('about imports', async () => {
    const files = await Promise.all(
      [client, servers.fake.client()].map(async (one) => {
        const chunks: Buffer[] = [];
        const backup = await one.instances.ref(name).backups.create({ name: 'for-import' });
        for await (const chunk of (await backup.open({})).body) chunks.push(chunk as Buffer);
        return Buffer.concat(chunks);
      }),
    );
    const prefix = real.product === 'lxd' ? 'X-LXD-' : 'X-Incus-';
    const post = (bodies: Buffer[], headers: Record<string, string>) =>
      servers.pair.same('POST', '/1.0/instances', bodies, headers);
    const again = { [`${prefix}name`]: `${name}-b` };
    await post([Buffer.from('junk'), Buffer.from('junk')], again);
    await post([Buffer.alloc(0), Buffer.alloc(0)], again);
    await post(files, { ...again, [`${prefix}pool`]: 'tslxd-nope' });
    await post(files, again);
    await servers.pair.same('GET', `/1.0/instances/${name}-b`);
    await post(files, again);
    await servers.pair.quietly('DELETE', `/1.0/instances/${name}-b`);
  });
});
