import { Client, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { sent } from '../support.js';
import { tellOfAcls } from './acl-stories.js';

/** With the extensions of LXD 6.8 and newer these writes are operations, and what is refused fails in them. */
const newer = ['storage_and_network_operations', 'storage_and_profile_operations'];

describe.each([
  ['lxd', []],
  ['incus', []],
  ['lxd', newer],
] as const)('network ACLs on the fake %s with %j', (product, added) => {
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

  tellOfAcls({
    client: () => client,
    uniqueName: (label = 'x') => `${label}-${++names}`,
    requestsOf: async (work) => {
      const before = lines.length;
      await work();
      return lines.slice(before);
    },
  });
});

it('where the server has none, nothing is sent but one question what it has', async () => {
  const extensions = (own: readonly string[]) => own.filter((name) => name !== 'network_acl');
  await using server = await FakeServer.start({ product: 'lxd', extensions });
  await using client = server.client();
  const { acls } = client.networks;
  const refused = [acls.names(), acls.get('a'), acls.create('a'), acls.ref('a').delete(), acls.ensure('a')];
  for (const promise of refused) await expect(promise).rejects.toThrow(UnsupportedError);
  expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
  await expect(acls.all()).rejects.toMatchObject({ extension: 'network_acl' });
});
