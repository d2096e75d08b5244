import { describePair } from './parity.js';
import { call } from './support.js';

describePair((servers) => {
  const { real } = servers;
  let name: string;
  let volume: string;
  const volumes = '/1.0/storage-pools/default/volumes/custom';
  const both = () => [real.socketPath, servers.fake.socketPath];

  beforeAll(async () => {
    name = real.uniqueName('names');
    volume = `${volumes}/${name}`;
    for (const [list, body] of [
      ['/1.0/instances', { name, source: { type: 'none' } }],
      [volumes, { name }],
    ] as const)
      await servers.pair.same('POST', list, body);
  });
  afterAll(async () => {
    for (const path of [`/1.0/instances/${name}`, volume]) await servers.pair.quietly('DELETE', path);
  });

  it.each([
    ['snapshots of instances', () => `/1.0/instances/${name}/snapshots`, 'snap'],
    ['backups of instances', () => `/1.0/instances/${name}/backups`, 'backup'],
    ['snapshots of volumes', () => `${volume}/snapshots`, 'snap'],
    ['backups of volumes', () => `${volume}/backups`, 'backup'],
  ])('about the names of %s that were given none', async (_, path, start) => {
    const list = path();
    const names: string[][] = [];
    const make = (body: { name?: string }) => servers.pair.same('POST', list, body);
    for (let count = 0; count < 2; count++) await make({});
    await servers.pair.same('DELETE', `${list}/${start}0`);
    await make({});
    for (const odd of [`${start}-9`, `x${start}8`, `${start}007`]) await make({ name: odd });
    await make({});
    for (const socket of both()) {
      const { body } = await call(socket, 'GET', list);
      names.push((body.metadata as unknown as string[]).map((url) => url.split('/').at(-1) ?? '').sort());
    }
    expect(names[1]).toEqual(names[0]);
    expect(names[0]).toEqual(expect.arrayContaining([`${start}2`, `${start}8`]));
  });
});
