import { FakeServer } from 'tslxd/testing';
import { Client, type Instance, type MigrationMode, type Progress } from 'tslxd';

const modes: MigrationMode[] = ['pull', 'push', 'relay'];

describe.each([
  ['lxd', []],
  ['lxd', ['operation_metadata_entity_url']],
  ['incus', []],
] as const)('from one fake %s with %j to another', (product, added) => {
  let here: FakeServer;
  let there: FakeServer;
  let source: Client;
  let target: Client;

  beforeAll(async () => {
    const extensions = (own: readonly string[]) => [...own, ...added];
    const options = { product, extensions, https: true, operationTime: 1 };
    [here, there] = await Promise.all([FakeServer.start(options), FakeServer.start(options)]);
    [source, target] = [here.client(), there.client()];
  });
  beforeEach(() => {
    here.reset();
    there.reset();
  });
  afterAll(() => Promise.all([here.close(), there.close()]));

  async function makeWeb(): Promise<Instance> {
    here.addInstance({
      name: 'web',
      config: { 'user.a': '1' },
      description: 'The web',
      snapshots: ['before'],
    });
    const web = await source.instances.get('web');
    await web.files.writeFile('/root/text', 'after');
    await web.templates.write('hosts.tpl', 'hosts');
    return web;
  }

  describe.each(modes)('%s', (mode) => {
    it('a copy has all that the original has', async () => {
      const web = await makeWeb();
      const was = await web.snapshots.names();
      const progress: Progress[] = [];
      const copy = await web.copyTo(target, { mode, name: 'copy', onProgress: (one) => progress.push(one) });
      expect(copy).toMatchObject({ name: 'copy', description: 'The web', status: 'Stopped' });
      expect(copy.config['user.a']).toBe('1');
      expect(await copy.files.readFile('/root/text', 'utf8')).toBe('after');
      expect(await copy.templates.read('hosts.tpl')).toBe('hosts');
      expect(await copy.snapshots.names()).toEqual(['before']);
      expect(progress[0]).toMatchObject({ stage: 'fs', bytes: expect.any(Number) });
      expect(await source.instances.names()).toEqual(['web']);
      expect(await web.snapshots.names()).toEqual(was);
      const bare = await web.copyTo(target, { mode, name: 'bare', instanceOnly: true });
      expect(await bare.snapshots.names()).toEqual([]);
      const old = await (await web.snapshots.get('before')).copyTo(target, { mode, name: 'old' });
      expect(old.config['user.a']).toBe('1');
    });

    it('a move leaves nothing behind and keeps its identity', async () => {
      const web = await makeWeb();
      const { config } = web;
      const moved = await web.moveTo(target, { mode, start: true });
      expect(moved).toMatchObject({ name: 'web', status: 'Running' });
      expect(moved.config['volatile.uuid']).toBe(config['volatile.uuid']);
      expect(await source.instances.names()).toEqual([]);
    });

    it('a move that fails leaves both as they were', async () => {
      const web = await makeWeb();
      there.addInstance({ name: 'web', description: 'theirs' });
      await expect(web.moveTo(target, { mode })).rejects.toThrow('has an instance');
      await expect(web.moveTo(target, { mode, name: 'other', profiles: ['none'] })).rejects.toThrow('"none"');
      // The end that can tell the other: one that fails beforehand has its other end wait.
      const [failing, request] =
        mode === 'pull' ? [here, 'POST /1.0/instances/web'] : [there, 'POST /1.0/instances'];
      failing.failNext(request, { operation: 'No space left', percent: 50 });
      await expect(web.moveTo(target, { mode, name: 'other' })).rejects.toThrow('No space left');
      expect((await target.instances.get('web')).description).toBe('theirs');
      expect(await target.instances.names()).toEqual(['web']);
      expect(await web.files.readFile('/root/text', 'utf8')).toBe('after');
    });
  });

  it('goes to the pool and project that are asked for, with what is asked for', async () => {
    const web = await makeWeb();
    there.addPool('fast');
    there.addProject('two');
    there.addProfile({ name: 'small', project: 'two' });
    const options = { pool: 'fast', project: 'two', profiles: ['small'], config: { 'user.b': '2' } };
    const copy = await web.copyTo(target, { ...options, devices: { shm: { type: 'none' } } });
    expect(copy).toMatchObject({ project: 'two', profiles: ['small'] });
    expect(copy.config).toMatchObject({ 'user.a': '1', 'user.b': '2' });
    expect(copy.devices).toMatchObject({ root: { pool: 'fast' }, shm: { type: 'none' } });
    const [before] = await copy.snapshots.all();
    expect(before?.expandedDevices.root?.pool).toBe('fast');
    // One that is not there is not missed.
    const other = await web.copyTo(target, { pool: 'nope' });
    expect(other.expandedDevices.root?.pool).toBe('default');
  });

  it('refreshes what is there', async () => {
    const web = await makeWeb();
    const first = await web.copyTo(target, { refresh: true });
    await first.snapshots.create({ name: 'theirs' });
    await web.snapshots.create({ name: 'later' });
    await web.files.writeFile('/root/text', 'later');
    const second = await web.copyTo(target, { refresh: true });
    expect(second.config['volatile.uuid']).toBe(first.config['volatile.uuid']);
    expect((await second.snapshots.names()).toSorted()).toEqual(['before', 'later']);
    expect(await second.files.readFile('/root/text', 'utf8')).toBe('later');
  });

  it('copies what runs as it is, and moves it only live', async () => {
    here.addInstance({ name: 'web', status: 'Running' });
    const web = await source.instances.get('web');
    expect((await web.copyTo(target, { name: 'copy' })).status).toBe('Stopped');
    await expect(web.moveTo(target)).rejects.toThrow('is running');
    await expect(web.moveTo(target, { live: true })).rejects.toThrow('CRIU');
    expect((await source.instances.get('web')).status).toBe('Running');
    expect(await target.instances.names()).toEqual(['copy']);
  });

  it('moves a virtual machine while it runs', async () => {
    here.addInstance({ name: 'vm', type: 'virtual-machine', status: 'Running' });
    const moved = await (await source.instances.get('vm')).moveTo(target, { live: true });
    expect(moved).toMatchObject({ type: 'virtual-machine', status: 'Running' });
    expect(await source.instances.names()).toEqual([]);
  });

  it('over HTTPS too, with us in between', async () => {
    await makeWeb();
    await using one = await Client.connect(here.endpoint);
    await using other = await Client.connect(there.endpoint);
    const copy = await (await one.instances.get('web')).copyTo(other, { mode: 'relay' });
    expect(await copy.files.readFile('/root/text', 'utf8')).toBe('after');
  });
});

it.each(modes)('from a fake LXD to a fake Incus: %s', async (mode) => {
  const options = { https: true, operationTime: 1 };
  await using lxd = await FakeServer.start(options);
  await using incus = await FakeServer.start({ product: 'incus', ...options });
  lxd.addInstance({ name: 'web', files: { '/root/text': 'from LXD' }, snapshots: ['before'] });
  const web = await lxd.client().instances.get('web');
  const moved = await web.moveTo(incus.client(), { mode, start: true });
  expect(await moved.files.readFile('/root/text', 'utf8')).toBe('from LXD');
  expect(await moved.snapshots.names()).toEqual(['before']);
  expect(await lxd.client().instances.names()).toEqual([]);
});
