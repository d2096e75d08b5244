import { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfProjects } from './stories.js';

describe.each([
  ['lxd', []],
  ['incus', []],
  ['lxd', ['projects_force_delete', 'project_delete_operation']],
] as const)('projects on the fake %s with %j', (product, added) => {
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

  tellOfProjects({
    client: () => client,
    uniqueName: (label = 'x') => `${label}-${++names}`,
    requestsOf: async (work) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
  });
});
