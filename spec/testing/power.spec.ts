import { describeFakes, type Ended } from './support.js';

describeFakes('the state of an instance', (fake) => {
  const path = '/1.0/instances/web';
  const act = (action: string, more?: object): Promise<Ended> =>
    fake.run('PUT', `${path}/state`, { action, ...more });
  const status = async (): Promise<string> => (await fake.read(path)).status;

  it('goes from stopped to running, frozen and back, and is written into the config', async () => {
    fake.server.addInstance({ name: 'web' });
    const seen: string[] = [];
    for (const action of ['start', 'freeze', 'unfreeze', 'restart', 'stop']) {
      expect((await act(action)).err).toBe('');
      seen.push(await status());
    }
    expect(seen).toEqual(['Running', 'Frozen', 'Running', 'Running', 'Stopped']);
    const { config } = await fake.read(path);
    expect(config['volatile.last_state.power']).toBe('STOPPED');
    expect(config).not.toHaveProperty('volatile.apply_template');
  });

  it('shows what runs', async () => {
    fake.server.addProfile({ name: 'net', devices: { eth0: { type: 'nic', network: 'br0', name: 'eth0' } } });
    fake.server.addInstance({ name: 'web', profiles: ['default', 'net'] });
    expect(await fake.read(`${path}/state`)).toMatchObject({ status: 'Stopped', pid: 0, network: null });
    await act('start');
    const state = await fake.read(`${path}/state`);
    expect(state).toMatchObject({
      status: 'Running',
      status_code: 103,
      network: { eth0: { addresses: [{ family: 'inet', scope: 'global' }] }, lo: { type: 'loopback' } },
    });
    expect('started_at' in state).toBe(fake.server.product === 'incus');
    expect((await fake.read(path)).config['volatile.eth0.hwaddr']).toBe(state.network.eth0.hwaddr);
  });

  it.each([
    ['Stopped', 'stop', 'The instance is already stopped'],
    ['Stopped', 'restart', 'The instance is already stopped'],
    ['Stopped', 'freeze', /^The (?:container|instance) isn't running$/],
    ['Stopped', 'unfreeze', "The container isn't running"],
    ['Running', 'start', 'The instance is already running'],
    ['Running', 'unfreeze', 'The container is already running'],
    ['Frozen', 'freeze', 'The container is already frozen'],
    ['Frozen', 'start', 'The instance is already running'],
    ['Frozen', 'restart', 'Instance is not running'],
  ] as const)('%s, refuses to %s by a failed operation', async (from, action, error) => {
    fake.server.addInstance({ name: 'web', status: from });
    const end = await act(action);
    expect([end.status_code, end.err]).toEqual([400, expect.stringMatching(error)]);
    expect(await status()).toBe(from);
  });

  it('refuses what is no action at once', async () => {
    fake.server.addInstance({ name: 'web' });
    for (const action of ['', 'STOP', 'toString']) {
      const answer = await fake.call('PUT', `${path}/state`, { action });
      expect([answer.status, answer.body.error]).toEqual([400, `Unknown action: '${action}'`]);
    }
  });

  it('ends an ephemeral instance with its stop', async () => {
    fake.server.addInstance({ name: 'web', status: 'Running', ephemeral: true });
    await act('stop', { force: true });
    expect((await fake.call('GET', path)).status).toBe(404);
  });

  it('can be kept, where the config allows it', async () => {
    const isIncus = fake.server.product === 'incus';
    fake.server.addInstance({ name: 'web', status: 'Running' });
    expect((await act('start', { stateful: true })).err).toBe('The instance is already running');
    if (isIncus) {
      expect((await act('stop', { stateful: true })).err).toMatch(/^Stateful stop requires/);
      await fake.call('PATCH', path, { config: { 'migration.stateful': 'true' } });
    }
    await act('stop', { stateful: true });
    expect((await fake.read(path)).stateful).toBe(true);
    expect((await act('start', { stateful: true })).err).toBe('');
    await act('stop');
    expect((await act('start', { stateful: true })).err).toMatch(/has no existing state to restore$/);
  });
});
