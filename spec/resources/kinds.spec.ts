import type { ServerResponse } from 'node:http';
import { Client, ProtocolError } from 'tslxd';
import { afterwards, serve, sync, type TestServer } from '../rest/test-server.js';

const id = '0f2c0ad1-0000-4000-8000-000000000000';

function clientOf(server: TestServer): Client {
  const client = new Client({ socketPath: server.socketPath });
  afterwards(() => client.close());
  return client;
}

describe('an answer about another thing than was asked for', () => {
  const kinds: Record<string, (client: Client) => Promise<unknown>> = {
    instance: (client) => client.instances.get('c1'),
    'instance, by its model': (client) => client.instances.ref('c1').fetch(),
    profile: (client) => client.profiles.get('c1'),
    'image alias': (client) => client.images.aliases.get('c1'),
    image: (client) => client.images.get('c1'),
    snapshot: (client) => client.instances.ref('web').snapshots.get('c1'),
    'snapshot of all': (client) => client.snapshots.get('web/c1'),
    backup: (client) => client.instances.ref('web').backups.get('c1'),
    network: (client) => client.networks.get('c1'),
    'storage pool': (client) => client.storagePools.get('c1'),
    volume: (client) => client.storagePools.ref('local').volumes.get('c1'),
    'volume of a container': (client) => client.storagePools.ref('local').volumes.get('container/c1'),
    'volume snapshot': (client) => client.storagePools.ref('local').volumes.ref('v').snapshots.get('c1'),
  };
  const bodies: [string, unknown][] = [
    ['another name', { name: 'c2', fingerprint: 'c2', type: 'container' }],
    ['the same in capitals', { name: 'C1', fingerprint: 'D1', type: 'container' }],
    ['no name', { config: {} }],
    ['nothing', null],
    ['a list', []],
  ];

  it.each(Object.entries(kinds))('is a ProtocolError: %s', async (title, get) => {
    let body: unknown;
    const server = await serve((response) => sync(response, body));
    const client = clientOf(server);
    for ([, body] of bodies) await expect(get(client)).rejects.toThrow(ProtocolError);
    const type = title === 'volume' ? 'custom' : 'container';
    body = { name: 'c1', fingerprint: 'C1ffee', type };
    await expect(get(client)).resolves.toBeDefined();
  });

  it('is one too where only its type differs', async () => {
    const server = await serve((response) => sync(response, { name: 'c1', type: 'container' }));
    const { volumes } = clientOf(server).storagePools.ref('local');
    await expect(volumes.get('c1')).rejects.toThrow(ProtocolError);
    expect((await volumes.get('container/c1')).key).toBe('container/c1');
  });
});

describe('writes to one thing', () => {
  const begun = (response: ServerResponse) => {
    response.writeHead(202, { 'content-type': 'application/json' });
    const metadata = {
      id,
      class: 'task',
      status: 'Running',
      status_code: 103,
      resources: {},
      metadata: null,
    };
    response.end(JSON.stringify({ type: 'async', operation: `/1.0/operations/${id}`, metadata }));
  };

  it('take turns until the operation has ended, also when the first caller no longer waits', async () => {
    let end: () => void = () => undefined;
    const ended = new Promise<void>((resolve) => (end = resolve));
    const server = await serve(async (response, { method, url }) => {
      if (method === 'PUT') {
        begun(response);
        return;
      }
      if (url.includes('/operations/')) {
        await ended;
        sync(response, { id, class: 'task', status: 'Success', status_code: 200, metadata: null });
        return;
      }
      const member = /target=(\w+)/.exec(url)?.[1] ?? 'none';
      sync(response, { name: 'v', type: 'custom', config: {}, description: '', location: member });
    });
    const client = clientOf(server);
    const puts = () => server.seen.filter(({ method }) => method === 'PUT');
    const on = async (of: Client) => of.storagePools.ref('local').volumes.get('v');
    const [first, second] = [await on(client), await on(client)];
    const elsewhere = await on(client.useTarget('n2'));
    for (const volume of [first, second, elsewhere]) volume.config['user.a'] = '1';
    const abort = new AbortController();
    const gone = first.save({ signal: abort.signal, verify: false });
    while (puts().length < 1) await new Promise((resolve) => setTimeout(resolve, 5));
    const waiting = second.save({ verify: false });
    const beside = elsewhere.save({ verify: false });
    while (puts().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
    abort.abort();
    await expect(gone).rejects.toThrow(/abort/i);
    await new Promise((resolve) => setTimeout(resolve, 50)); // time for a third, if it did not wait
    expect(puts().map(({ url }) => url)).toEqual([
      '/1.0/storage-pools/local/volumes/custom/v',
      '/1.0/storage-pools/local/volumes/custom/v?target=n2',
    ]);
    end();
    await Promise.all([waiting, beside]);
    expect(puts()).toHaveLength(3);
  });
});

it('a volume of a cluster is asked for at its member from then on', async () => {
  const server = await serve((response, { method }) =>
    sync(response, method === 'GET' ? { name: 'v', type: 'custom', location: 'n1' } : {}),
  );
  const volume = await clientOf(server).storagePools.ref('local').volumes.get('v');
  await volume.fetch();
  await volume.snapshots
    .ref('s')
    .fetch()
    .catch(() => undefined);
  await volume.delete();
  expect(server.lines).toEqual([
    'GET /1.0/storage-pools/local/volumes/custom/v',
    'GET /1.0/storage-pools/local/volumes/custom/v?target=n1',
    'GET /1.0/storage-pools/local/volumes/custom/v/snapshots/s?target=n1',
    'DELETE /1.0/storage-pools/local/volumes/custom/v?target=n1',
  ]);
});
