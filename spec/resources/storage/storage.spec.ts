import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfStorage } from './stories.js';

describe.each(['lxd', 'incus'] as const)('storage on the fake %s', (product) => {
  let server: FakeServer;
  let client: Client;
  const lines: string[] = [];
  let names = 0;

  beforeAll(async () => {
    server = await FakeServer.start({ product });
    const log = { debug: (line: string) => lines.push(line.replace(/ [\d.]+ ms$/, '')) };
    client = new Client({ socketPath: server.socketPath, log });
    await client.server.fetch();
  });
  afterAll(async () => {
    await client.close();
    await server.close();
  });

  tellOfStorage({
    client: () => client,
    uniqueName: (label = 'x') => `${label}-${++names}`,
    requestsOf: async (work) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
  });
});
