import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfForwards } from './forward-stories.js';
import { tellOfNetworks } from './network-stories.js';

/** With this extension of LXD 6.8 and newer these writes are operations, and what is refused fails in them. */
const newer = ['storage_and_network_operations', 'storage_and_profile_operations'];

describe.each([
  ['lxd', []],
  ['incus', []],
  ['lxd', newer],
] as const)('networks on the fake %s with %j', (product, added) => {
  let server: FakeServer;
  let client: Client;
  const lines: string[] = [];
  let names = 0;

  beforeAll(async () => {
    server = await FakeServer.start({
      product,
      operationTime: 1,
      extensions: (own) => [...own, ...added],
    });
    const log = { debug: (line: string) => lines.push(line.replace(/ [\d.]+ ms$/, '')) };
    client = new Client({ socketPath: server.socketPath, log });
    await client.server.fetch();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  const subject = {
    client: () => client,
    uniqueName: () => `net${++names}`,
    requestsOf: async (work: () => Promise<unknown>) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
    hostInterface: 'lo',
  };
  describe('networks', () => tellOfNetworks(subject));
  describe('forwards', () => tellOfForwards(subject));
});
