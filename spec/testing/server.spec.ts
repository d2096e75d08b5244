import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { FakeServer, ManualClock } from '../../lib/testing/index.js';
import { call, ended } from './support.js';
import { smallImage } from '../support/small-image.js';

describe('FakeServer', () => {
  it('serves on a socket of its own, and leaves nothing behind', async () => {
    const server = await FakeServer.start();
    expect(server.product).toBe('lxd');
    expect((await call(server.socketPath, 'GET', '/1.0')).status).toBe(200);
    await server.close();
    expect(existsSync(server.socketPath)).toBe(false);
  });

  it('refuses a product that it does not know', async () => {
    await expect(FakeServer.start({ product: 'docker' as 'lxd' })).rejects.toThrow(
      "'lxd' or 'incus', not 'docker'",
    );
  });

  it('repeats itself, if it has a seed', async () => {
    const tell = async (server: FakeServer) => {
      const client = server.client();
      server.addInstance({ name: 'web', devices: { eth0: { type: 'nic' } }, status: 'Running' });
      const { config } = await client.instances.get('web');
      const { name } = await client.instances.create({ source: { type: 'none' } });
      const [first] = await client.operations.all();
      return JSON.stringify([config, name, first?.id]);
    };
    await using one = await FakeServer.start({ seed: 1 });
    await using other = await FakeServer.start({ seed: 1 });
    await using third = await FakeServer.start({ seed: 2 });
    await using chance = await FakeServer.start();
    const told = await tell(one);
    expect(told).toMatch(/[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}/);
    expect(await tell(other)).toBe(told);
    one.reset();
    expect(await tell(one)).toBe(told);
    expect(new Set([told, await tell(third), await tell(chance)]).size).toBe(3);
  });

  it('runs several at once, each with a state of its own', async () => {
    await using first = await FakeServer.start({ product: 'lxd' });
    await using second = await FakeServer.start({ product: 'incus' });
    first.addInstance({ name: 'web' });
    expect((await call(first.socketPath, 'GET', '/1.0/instances/web')).status).toBe(200);
    expect((await call(second.socketPath, 'GET', '/1.0/instances/web')).status).toBe(404);
  });

  it('closes at once, whatever is open', async () => {
    const server = await FakeServer.start({ operationTime: 60_000 });
    const idle = createConnection(server.socketPath);
    const waiting = call(server.socketPath, 'GET', `/1.0/operations/${server.addOperation()}/wait`);
    await new Promise((resolve) => idle.once('connect', resolve));
    const closed = new Promise((resolve) => idle.once('close', resolve));
    await Promise.all([server.close(), waiting.catch(() => {})]);
    await closed;
  });

  it('logs what was asked and what was answered', async () => {
    await using server = await FakeServer.start();
    await call(server.socketPath, 'GET', '/1.0/instances/a%2Fb?recursion=1&project=x', undefined, {
      'X-Mine': '1',
    });
    await call(server.socketPath, 'POST', '/1.0/profiles', { name: 'p' });
    await call(server.socketPath, 'POST', '/1.0/profiles', 'no JSON');
    await call(server.socketPath, 'POST', '/1.0/images', smallImage());
    expect(server.requests).toMatchObject([
      {
        method: 'GET',
        path: '/1.0/instances/a%2Fb',
        query: { recursion: '1', project: 'x' },
        headers: { 'x-mine': '1' },
        status: 400,
      },
      { method: 'POST', body: { name: 'p' }, status: 201 },
      { body: 'no JSON', status: 400 },
      { body: undefined, status: 202 },
    ]);
    server.clearRequests();
    expect(server.requests).toEqual([]);
  });

  it('forgets everything at reset, and lets go who waits', async () => {
    await using server = await FakeServer.start({ operationTime: 60_000 });
    server.addInstance({ name: 'web' });
    const id = server.addOperation();
    const waiting = call(server.socketPath, 'GET', `/1.0/operations/${id}/wait`);
    while (server.requests.length === 0) await new Promise(setImmediate);
    server.reset();
    expect((await waiting).body.metadata.status).toBe('Cancelled');
    expect((await call(server.socketPath, 'GET', '/1.0/instances')).body.metadata).toEqual([]);
    expect(server.requests).toHaveLength(1);
  });

  it('answers late when asked to', async () => {
    const clock = new ManualClock();
    await using server = await FakeServer.start({ latency: 50, clock });
    const answer = call(server.socketPath, 'GET', '/1.0');
    while (server.requests.length === 0) await new Promise(setImmediate);
    clock.advance(49);
    expect(server.requests[0]?.status).toBe(0);
    clock.advance(1);
    expect((await answer).status).toBe(200);
  });

  it('answers standard requests without its socket', async () => {
    await using server = await FakeServer.start();
    server.addInstance({ name: 'web' });
    const found = await server.fetch(new Request('http://lxd/1.0/instances/web'));
    expect([found.status, found.headers.get('etag')]).toEqual([
      200,
      expect.stringMatching(/^"[0-9a-f]{64}"$/),
    ]);
    const body = JSON.stringify({ name: 'p' });
    const made = await server.fetch(new Request('http://lxd/1.0/profiles', { method: 'POST', body }));
    expect([made.status, made.headers.get('location')]).toEqual([201, '/1.0/profiles/p']);
  });

  it('gives clients, and closes them with itself', async () => {
    const server = await FakeServer.start({ product: 'incus' });
    server.addInstance({ name: 'web', status: 'Running' });
    const client = server.client();
    const web = await client.instances.get('web');
    expect(web.status).toBe('Running');
    await server.close();
    await expect(client.instances.get('web')).rejects.toThrow();
  });

  it('streams a large upload and its export', async () => {
    await using server = await FakeServer.start({ operationTime: 0 });
    const image = smallImage('x'.repeat(32 << 20));
    const made = await ended(server.socketPath, await call(server.socketPath, 'POST', '/1.0/images', image));
    const path = `/1.0/images/${String(made.metadata?.fingerprint)}/export`;
    expect((await call(server.socketPath, 'GET', path)).text).toHaveLength(image.length);
  });

  it('refuses an upload that nobody reads, and goes on', async () => {
    await using server = await FakeServer.start();
    const answer = await call(server.socketPath, 'POST', '/1.0/nothing', Buffer.alloc(8 << 20));
    expect(answer.status).toBe(404);
    expect((await call(server.socketPath, 'GET', '/1.0')).status).toBe(200);
  });
});
