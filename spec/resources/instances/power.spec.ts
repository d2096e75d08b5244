import { InvalidInputError, OperationError, TimeoutError } from 'tslxd';
import type { InstanceStatus, PowerOptions } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

/** What both servers say of an instance that does not shut down in time. */
const late = 'Failed shutting down instance, status is "Running": context deadline exceeded';
const state = 'PUT /1.0/instances/web/state';

describeFakes('the states of an instance', (start) => {
  const made = async (status: 'Running' | 'Stopped' | 'Frozen') => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status });
    const web = await client.instances.get('web');
    server.clearRequests();
    return { server, client, web };
  };

  it('delete({ force: true }) stops what runs only when it is to be deleted', async () => {
    const { server, client, web } = await made('Stopped');
    server.failNext('DELETE /1.0/instances/web', { status: 400, error: 'Instance is running' });
    await web.delete({ force: true });
    expect(await client.instances.exists('web')).toBe(false);
    expect(sent(server).filter((line) => line.startsWith('DELETE'))).toHaveLength(2);
  });

  it.each([
    ['start', 'Running'],
    ['unfreeze', 'Running'],
    ['freeze', 'Frozen'],
    ['stop', 'Stopped'],
  ] as const)('%s() of one that is %s already succeeds if it is only needed', async (action, status) => {
    const { web } = await made(status);
    await expect(web[action]()).rejects.toThrow(OperationError);
    expect((await web[action]({ ifNeeded: true })).status).toBe(status);
    const operation = await web[action]({ ifNeeded: true, wait: false });
    expect(await operation.wait()).toBe(web);
  });

  it.each([
    ['start', 'Stopped', 'Running'],
    ['unfreeze', 'Frozen', 'Running'],
    ['freeze', 'Running', 'Frozen'],
    ['stop', 'Running', 'Stopped'],
  ] as const)(
    '%s({ ifNeeded }) of one that is %s is done, without a look beforehand',
    async (action, status, then) => {
      const { server, web } = await made(status);
      expect((await web[action]({ ifNeeded: true, force: true })).status).toBe(then);
      expect(sent(server)[0]).toBe(state);
    },
  );

  it('ifNeeded does not hide what another state stands in the way of', async () => {
    const { web } = await made('Stopped');
    await expect(web.freeze({ ifNeeded: true })).rejects.toThrow(/isn't running/);
    await expect(web.unfreeze({ ifNeeded: true })).rejects.toThrow(/isn't running/);
  });

  it('says what is true of one that did not shut down in time, whichever clock was faster', async () => {
    const { server, web } = await made('Running');
    server.failNext(state, { operation: late });
    const theirs = await rejection(web.stop({ timeout: 20_000 }), TimeoutError);
    expect(theirs.message).toMatch(
      /'web' did not shut down within 20000 ms.*waits for it 20 s.*may still.*afterTimeout/,
    );
    expect(theirs.cause).toBeInstanceOf(OperationError);
    const { server: slow, client } = await start({ operationTime: 60_000 });
    slow.addInstance({ name: 'web', status: 'Running' });
    const ours = await rejection(client.instances.ref('web').stop({ timeout: 30 }), TimeoutError);
    expect(ours.message).toMatch(/did not shut down within 30 ms.*waits for it 1 s/);
    const restarted = await rejection(client.instances.ref('web').restart({ timeout: 30 }), TimeoutError);
    expect(restarted.message).toMatch(/is not started again/);
    // One that is forced, or may take its time, has no such excuse.
    server.failNext(state, { operation: late });
    await expect(web.stop()).rejects.toThrow(OperationError);
  });

  it('pulls the plug after the grace period', async () => {
    const { server, web } = await made('Running');
    server.failNext(state, { operation: late });
    expect((await web.stop({ timeout: 5000, force: 'afterTimeout' })).status).toBe('Stopped');
    const bodies = server.requests.filter(({ method }) => method === 'PUT').map(({ body }) => body);
    expect(bodies).toMatchObject([
      { action: 'stop', force: false, timeout: 5 },
      { action: 'stop', force: true },
    ]);
  });

  it('does not pull it where that was not needed, or would be no help', async () => {
    const { server, web } = await made('Running');
    await web.stop({ timeout: 5000, force: 'afterTimeout' });
    expect(sent(server).filter((line) => line === state)).toHaveLength(1);
    await expect(web.stop({ timeout: 5000, force: 'afterTimeout' })).rejects.toThrow(/already stopped/);
    await web.stop({ timeout: 5000, force: 'afterTimeout', ifNeeded: true });
    server.failNext(state, { operation: 'No space left' });
    await web.start({ ifNeeded: true }).catch(() => undefined);
  });

  it.each([
    ['no grace period', { force: 'afterTimeout' }, /needs a timeout/],
    ['a grace period of nothing', { force: 'afterTimeout', timeout: 0 }, /needs a timeout/],
    ['nobody who waits', { force: 'afterTimeout', timeout: 1000, wait: false }, /always waited for/],
    ['a time that is none', { timeout: -1 }, /non-negative/],
    ['a force that is none', { force: 'soon' }, /force must be a boolean or 'afterTimeout', not "soon"/],
    ['a need that is none', { ifNeeded: 1 }, /ifNeeded must be a boolean, not number 1/],
    ['a misspelled option', { ifneeded: true }, /unknown option 'ifneeded'/],
  ])('refuses %s before anything is sent', async (_what, options, message) => {
    const { server, web } = await made('Running');
    const error = await rejection(web.stop(options as unknown as PowerOptions), InvalidInputError);
    expect(error.message).toMatch(message);
    expect(sent(server)).toEqual([]);
  });

  it('offers a grace period for a stop alone', async () => {
    const { server, web } = await made('Running');
    const options = { force: 'afterTimeout' as never, timeout: 1000 };
    await expect(web.freeze(options)).rejects.toThrow(/is for a stop/);
    expect(sent(server)).toEqual([]);
    const status: InstanceStatus = web.status;
    expect(status).toBe('Running');
  });
});
