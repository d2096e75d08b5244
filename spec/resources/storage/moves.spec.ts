import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfMoves } from './moves.js';

/** With the extensions of LXD 6.8 and newer these writes are operations, and one request lists the volumes of all pools. */
const newer = ['storage_and_network_operations', 'storage_and_profile_operations', 'storage_volumes_all'];

describe.each([
  ['lxd', []],
  ['incus', []],
  ['lxd', newer],
] as const)('volumes on the fake %s with %j', (product, added) => {
  let server: FakeServer;
  let client: Client;
  const lines: string[] = [];
  let names = 0;

  beforeAll(async () => {
    server = await FakeServer.start({ product, extensions: (own) => [...own, ...added] });
    server.addImage({ aliases: ['busybox'] });
    const log = { debug: (line: string) => lines.push(line.replace(/ [\d.]+ ms$/, '')) };
    client = new Client({ socketPath: server.socketPath, log });
    await client.server.fetch();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  const uniqueName = (label = 'x') => `${label}-${++names}`;

  tellOfMoves({
    client: () => client,
    uniqueName,
    requestsOf: async (work) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
    makeStartable: (input) =>
      client.instances.create({ name: uniqueName('web'), source: { alias: 'busybox' }, ...input }),
    makeProject: async (ownVolumes) => {
      const name = uniqueName('p');
      const features = { 'features.images': 'false', 'features.profiles': 'false' };
      await client.projects.create({
        name,
        config: { ...features, 'features.storage.volumes': String(ownVolumes) },
      });
      return name;
    },
  });
});
