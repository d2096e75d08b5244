// Test your own code without a daemon: the fake server is a real HTTP server on a socket, with an LXD in memory.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import type { Client } from 'tslxd';
import { FakeServer } from 'tslxd/testing';

/** The code under test: stops what nobody owns. */
async function stopOrphans(client: Client): Promise<string[]> {
  const running = await client.instances.all({ filter: { status: 'Running' } });
  const orphans = running.filter(({ config }) => !config['user.owner']);
  await Promise.all(orphans.map((instance) => instance.stop()));
  return orphans.map(({ name }) => name);
}

let server: FakeServer;

beforeEach(async () => {
  server = await FakeServer.start({ product: 'incus' });
});

afterEach(async () => {
  await server.close(); // closes its clients too
});

void test('stops what nobody owns', async () => {
  server.addInstance({ name: 'lost', status: 'Running' });
  server.addInstance({ name: 'kept', status: 'Running', config: { 'user.owner': 'ada' } });
  const client = server.client();

  assert.deepEqual(await stopOrphans(client), ['lost']);

  assert.equal((await client.instances.get('kept')).status, 'Running');
  const changes = server.requests.filter(({ method }) => method !== 'GET');
  assert.deepEqual(
    changes.map(({ method, path }) => `${method} ${path}`),
    ['PUT /1.0/instances/lost/state'],
  );
});

void test('goes on when a stop fails', async () => {
  server.addInstances(3, (index) => ({ name: `lost-${String(index)}`, status: 'Running' }));
  server.failNext('PUT /1.0/instances/lost-1/state', { operation: 'No space left on device' });
  const client = server.client();

  await assert.rejects(stopOrphans(client), { code: 'ERR_LXD_OPERATION' });

  assert.equal((await client.instances.get('lost-1')).status, 'Running');
});

void test('has nothing to do on an empty server', async () => {
  assert.deepEqual(await stopOrphans(server.client()), []);
});
