import { once } from 'node:events';
import { FakeServer, ManualClock } from 'tslxd/testing';
import { WebSocket } from 'ws';
import { call, ended, type Answer } from './support.js';

/** A websocket of an operation, over the unix socket. */
async function open({ socketPath }: FakeServer, { body }: Answer, name: string): Promise<WebSocket> {
  const secrets = body.metadata.metadata as Record<string, string>;
  const socket = new WebSocket(
    `ws+unix://${socketPath}:${body.operation!}/websocket?secret=${secrets[name]}`,
  );
  socket.on('error', () => undefined);
  await once(socket, 'open');
  return socket;
}

describe.each(['lxd', 'incus'] as const)('a migration of a fake %s that goes wrong', (product) => {
  let here: FakeServer;
  let there: FakeServer;

  beforeAll(async () => {
    const options = { product, https: true, operationTime: 1 };
    [here, there] = await Promise.all([FakeServer.start(options), FakeServer.start(options)]);
  });
  beforeEach(() => {
    here.reset();
    there.reset();
    here.addInstance({ name: 'web', snapshots: ['before'] });
  });
  afterAll(() => Promise.all([here.close(), there.close()]));

  const offer = (more: object = {}, of = here) =>
    call(of.socketPath, 'POST', '/1.0/instances/web', { migration: true, live: false, ...more });
  const take = (source: object, at = there) =>
    call(at.socketPath, 'POST', '/1.0/instances', {
      name: 'web',
      architecture: 'x86_64',
      source: { type: 'migration', ...source },
    });
  const push = async (target: Answer) => {
    const { endpoint, serverCert: certificate } = there.endpoint;
    const secrets = target.body.metadata.metadata as object;
    return offer({ target: { operation: endpoint + target.body.operation!, secrets, certificate } });
  };
  const names = ({ socketPath }: FakeServer) =>
    call(socketPath, 'GET', '/1.0/instances').then(({ body }) => body.metadata as string[]);

  it('is told by the end that is left', async () => {
    for (const leave of [
      (socket: WebSocket) => socket.terminate(),
      (socket: WebSocket) => socket.close(1000),
    ]) {
      for (const name of ['control', 'fs']) {
        const asked = await offer();
        const sockets = { control: await open(here, asked, 'control'), fs: await open(here, asked, 'fs') };
        leave(sockets[name as 'fs']);
        if (name === 'fs') sockets.control.terminate(); // which is what is listened to
        expect((await ended(here.socketPath, asked)).err).toContain('websocket: close');
        const taken = await take({ mode: 'push' });
        expect(await names(there)).toEqual(['/1.0/instances/web']);
        const control = await open(there, taken, 'control');
        await open(there, taken, 'fs');
        leave(control);
        expect((await ended(there.socketPath, taken)).err).toContain('Error transferring instance data');
        expect(await names(there)).toEqual([]);
      }
    }
  });

  it('is no matter for real servers', async () => {
    const asked = await offer();
    const control = await open(here, asked, 'control');
    await open(here, asked, 'fs');
    control.send(Buffer.from([8, 1, 18, 0]));
    expect((await ended(here.socketPath, asked)).err).toContain('tslxd/testing');
    const taken = await take({ mode: 'push' });
    const other = await open(there, taken, 'control');
    await open(there, taken, 'fs');
    other.send(Buffer.from([8, 1, 18, 0]));
    expect((await ended(there.socketPath, taken)).err).toContain('never with a real server');
  });

  it('cancelled at the source ends both', async () => {
    const asked = await offer();
    const { endpoint, serverCert: certificate } = here.endpoint;
    const operation = endpoint + asked.body.operation!;
    await call(here.socketPath, 'DELETE', asked.body.operation!);
    const taken = await take({
      mode: 'pull',
      operation,
      certificate,
      secrets: asked.body.metadata.metadata as object,
    });
    expect((await ended(there.socketPath, taken)).err).toContain('websocket: bad handshake');
    expect(await names(there)).toEqual([]);

    const second = await offer();
    const sockets = [await open(here, second, 'control'), await open(here, second, 'fs')];
    const closed = Promise.all(sockets.map((socket) => once(socket, 'close')));
    await call(here.socketPath, 'DELETE', second.body.operation!);
    await closed;
    expect(await ended(here.socketPath, second)).toMatchObject({ status_code: 401, err: '' });
  });

  it('by a restart of one end ends the other, and leaves nothing', async () => {
    const taken = await take({ mode: 'push' });
    await there.restart();
    expect(await names(there)).toEqual([]);
    const pushed = await push(taken);
    const told = pushed.body.operation ? (await ended(here.socketPath, pushed)).err : pushed.body.error;
    expect(told).toContain('websocket: bad handshake');

    const asked = await offer();
    const socket = await open(here, asked, 'control');
    const closed = once(socket, 'close');
    await Promise.all([closed, here.restart()]);
    expect(await names(here)).toEqual(['/1.0/instances/web']);
  });

  it('waits no longer than a real server does', async () => {
    const clock = new ManualClock();
    await using server = await FakeServer.start({ product, clock });
    server.addInstance({ name: 'web' });
    const asked = await offer({}, server);
    await open(server, asked, 'control');
    const taken = await call(server.socketPath, 'POST', '/1.0/instances', {
      name: 'other',
      architecture: 'x86_64',
      source: { type: 'migration', mode: 'push' },
    });
    clock.advance(product === 'lxd' ? 10_000 : 30_000);
    for (const one of [asked, taken]) {
      expect((await ended(server.socketPath, one)).err).toMatch(/Timed out waiting|deadline exceeded/);
    }
    expect(await names(server)).toEqual(['/1.0/instances/web']);
  });

  it('fails if what is to come is deleted meanwhile, where it can be', async () => {
    const taken = await take({ mode: 'push' });
    const deleted = await call(there.socketPath, 'DELETE', '/1.0/instances/web');
    const { err } = await ended(there.socketPath, deleted);
    if (product === 'incus') {
      expect(err).toContain('Instance is busy');
      return;
    }
    const pushed = await push(taken);
    expect((await ended(there.socketPath, taken)).err).toContain('Instance not found');
    expect((await ended(here.socketPath, pushed)).err).toContain('Instance not found');
    expect(await names(there)).toEqual([]);
  });
});
