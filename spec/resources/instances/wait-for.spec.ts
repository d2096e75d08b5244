import { getEventListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  NotFoundError,
  ServerError,
  TimeoutError,
  Client,
  type WaitForOptions,
} from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { describeFakes, rejection, sent } from '../support.js';

const nic = { devices: { eth0: { type: 'nic', network: 'lxdbr0' } } };

function limit(): { signal: AbortSignal; abort: () => void } {
  const controller = new AbortController();
  return { signal: controller.signal, abort: () => controller.abort() };
}

describeFakes('waitFor()', (start) => {
  const made = async (fixture: Parameters<FakeServer['addInstance']>[0] = {}) => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', ...fixture });
    return { server, client, web: await client.instances.get('web') };
  };

  it('goes on while the server is away', async () => {
    const { server, web } = await made();
    const waiting = web.waitFor('running');
    await delay(100);
    await server.restart({ downtime: 2000 }); // more than what requests try again by themselves
    await web.start();
    expect(await waiting).toBe(web);
  });

  it('goes on while the server is away from the start, if there is a limit to that', async () => {
    const { server, web } = await made();
    const back = server.restart({ downtime: 1500 });
    const waiting = Promise.all([
      web.waitFor('stopped', { timeout: 20_000 }),
      web.waitFor('stopped', { signal: AbortSignal.timeout(20_000) }),
    ]);
    await back;
    await waiting;
  });

  it('says why the server could not be asked when the time is over', async () => {
    const { server, web } = await made();
    server.failNext('GET /1.0/instances/web/state', { status: 500, error: 'no leader' }, { times: 100 });
    const error = await rejection(web.waitFor('running', { timeout: 600 }), TimeoutError);
    expect(error.message).toMatch(
      /'web' was not running within 600 ms; the server could not be asked: .*no leader/,
    );
    expect(error.cause).toBeInstanceOf(ServerError);
  });

  it('takes no answer for an answer where no server has ever been, and nothing limits the wait', async () => {
    await using client = new Client({ socketPath: '/no/such/socket' });
    await expect(client.instances.ref('web').waitFor('running')).rejects.toThrow(ConnectionError);
  }, 20_000);

  it('ends where the server says what will not pass', async () => {
    const { server, web } = await made();
    const waiting = web.waitFor('running');
    await delay(50);
    server.failNext('GET /1.0/instances/web/state', { status: 403, error: 'not permitted' }, { times: 100 });
    await expect(waiting).rejects.toThrow(/not permitted/);
    await expect(web.waitFor('running', { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
  });

  it('takes an ephemeral instance that is gone for stopped', async () => {
    const { web } = await made({ status: 'Running', ephemeral: true });
    const waiting = web.waitFor('stopped');
    await web.stop({ force: true });
    expect(await waiting).toBe(web);
    await expect(web.waitFor('running')).rejects.toThrow(NotFoundError);
  });

  it('refuses an address at once where there is no network interface', async () => {
    const { web } = await made({ status: 'Running', devices: { eth0: { type: 'none' } } });
    for (const target of ['ip', 'ipv4', 'ipv6'] as const) {
      const error = await rejection(web.waitFor(target), InvalidInputError);
      expect(error.message).toMatch(/no network interface.*device of type nic/);
    }
    await expect(web.address()).rejects.toThrow(/no network interface/);
  });

  it('waits for an address only as long as somebody may be starting the instance', async () => {
    const { web, client } = await made(nic);
    const [error] = await Promise.all([
      rejection(web.waitFor('ip'), InvalidInputError),
      rejection(client.instances.ref('web').waitFor('agent'), InvalidInputError),
    ]);
    expect(error.message).toMatch(/is stopped, and so cannot be given an address: start it/);
  }, 20_000);

  it('finds the address of what is started meanwhile', async () => {
    const { web } = await made(nic);
    const waiting = web.address({ timeout: 20_000 });
    await delay(50);
    await web.start();
    const address = await waiting;
    expect((await web.addresses()).map((one) => one.address)).toContain(address);
    const state = await web.state();
    expect(state.addresses()).toEqual(await web.addresses());
    expect(await web.address({ family: 4 })).toBe(state.addresses({ family: 4 })[0]?.address);
    expect(() => state.addresses({ family: 5 as 4 })).toThrow(InvalidInputError);
  });

  it.each([
    ['timeout', { timeout: Number.NaN }],
    ['interval', { interval: -5 }],
    ['intervall', { intervall: 5 }],
  ])('refuses a bad %s before anything is sent', async (name, options) => {
    const { server, web } = await made();
    server.clearRequests();
    const error = await rejection(web.waitFor('running', options as WaitForOptions), InvalidInputError);
    expect(error.message).toContain(name);
    expect(sent(server)).toEqual([]);
  });

  it('has many waits share a signal', async () => {
    const { web } = await made();
    const { signal, abort } = limit();
    const waits = Array.from({ length: 20 }, () => web.waitFor('running', { signal, interval: 60_000 }));
    const ends = Promise.allSettled(waits);
    const listeners = () => getEventListeners(signal, 'abort').length;
    for (let look = 0; look < 500 && listeners() !== 1; look++) await delay(10); // until each has looked
    expect(listeners()).toBe(1);
    abort();
    for (const end of await ends) expect(end.status).toBe('rejected');
    expect(listeners()).toBe(0);
  });
});
