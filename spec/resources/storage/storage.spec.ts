import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfVolumeData } from './data-stories.js';
import { tellOfStorage, type StorageSubject } from './stories.js';

/** With the extensions of LXD 6.8 and newer these writes are operations, and what is refused fails in them. */
const newer = ['storage_and_network_operations', 'storage_and_profile_operations'];

describe.each([
  ['lxd', []],
  ['incus', []],
  ['lxd', newer],
] as const)('storage on the fake %s with %j', (product, added) => {
  let server: FakeServer;
  let client: Client;
  const lines: string[] = [];
  let names = 0;

  beforeAll(async () => {
    server = await FakeServer.start({ product, extensions: (own) => [...own, ...added] });
    const log = { debug: (line: string) => lines.push(line.replace(/ [\d.]+ ms$/, '')) };
    client = new Client({ socketPath: server.socketPath, log });
    await client.server.fetch();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  const subject: StorageSubject = {
    client: () => client,
    uniqueName: (label = 'x') => `${label}-${++names}`,
    requestsOf: async (work) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
  };
  tellOfStorage(subject);
  tellOfVolumeData(subject);
});
