import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { InstanceStartError, OperationError, type Instance } from 'tslxd';
import { describeFakes, rejection } from '../support.js';

const state = 'PUT /1.0/instances/*/state';
const broken = { operation: 'No such command' } as const;

describeFakes('what is started as soon as it is made', (start) => {
  const made = async () => {
    // As LXD 5.0.2 is, so that both products start it with a request of its own.
    const extensions = (own: readonly string[]) => own.filter((name) => name !== 'instance_create_start');
    const { server, client } = await start({ extensions });
    server.addImage({ aliases: ['tiny'] });
    server.addInstance({ name: 'web', config: { 'security.protection.delete': 'true' } });
    return { server, client, web: await client.instances.get('web') };
  };

  it('stays, stopped, if it was created: the error says so, and has it', async () => {
    const { server, client } = await made();
    server.failNext(state, broken);
    const error = await rejection(
      client.instances.create({ name: 'new', source: 'tiny', start: true }),
      InstanceStartError,
    );
    expect(error).toBeInstanceOf(OperationError);
    expect(error.message).toMatch(/^Instance 'new' was created, but could not be started.*No such command$/);
    expect([error.code, error.name, error.instance?.key]).toEqual([
      'ERR_LXD_INSTANCE_START',
      'InstanceStartError',
      'new',
    ]);
    expect((error.cause as Error).message).toContain('No such command');
    expect(Object.keys(error)).not.toContain('instance');
    await error.instance?.start();
    expect((await client.instances.get('new')).status).toBe('Running');
  });

  it('is gone again if it was copied, whatever protects its original', async () => {
    const { server, client, web } = await made();
    const copies: (() => Promise<Instance>)[] = [
      () => web.copy('new', { start: true }),
      () => client.instances.create({ name: 'new', source: { type: 'copy', source: 'web' }, start: true }),
    ];
    for (const copy of copies) {
      server.failNext(state, broken);
      const error = await rejection(copy(), InstanceStartError);
      expect(error.message).toMatch(
        /was copied, but could not be started, and so was deleted again: .*No such command/,
      );
      expect(error.instance).toBeUndefined();
      expect(await client.instances.names()).toEqual(['web']);
    }
  });

  it('is gone again if it was copied or moved to another server, and the original stays', async () => {
    const { server, client } = await made();
    const { server: there, client: other } = await made();
    server.addInstance({ name: 'free' });
    await other.instances.ref('web').rename('taken');
    for (const [name, method] of [
      ['web', 'copyTo'],
      ['free', 'moveTo'],
    ] as const) {
      there.failNext(state, broken);
      const going = client.instances.ref(name)[method](other, { mode: 'relay', start: true });
      const error = await rejection(going, InstanceStartError);
      expect(error.message).toMatch(/was copied, but could not be started, and so was deleted again/);
      expect(await other.instances.names()).toEqual(['taken']);
    }
    expect((await client.instances.names()).sort()).toEqual(['free', 'web']);
  });

  it('stays, stopped, if it was made of a backup', async () => {
    const { server, client, web } = await made();
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-made-'));
    try {
      const file = await web.exportTo(join(folder, 'web.tar.gz'));
      server.failNext(state, broken);
      const source = { type: 'backup', file } as const;
      const error = await rejection(
        client.instances.create({ name: 'new', source, start: true }),
        InstanceStartError,
      );
      expect(error.instance?.key).toBe('new');
      expect(await client.instances.exists('new')).toBe(true);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('stays if it was refreshed, since it was there before', async () => {
    const { server, client, web } = await made();
    await web.copy('new');
    server.failNext(state, broken);
    const error = await rejection(web.copy('new', { refresh: true, start: true }), InstanceStartError);
    expect(error.instance?.key).toBe('new');
    expect(await client.instances.exists('new')).toBe(true);
  });

  it('is started even where nobody waits for the operation', async () => {
    const { client, web } = await made();
    await client.instances.create({ name: 'new', source: 'tiny', start: true }, { wait: false });
    await web.copy('copy', { start: true, wait: false });
    for (const name of ['new', 'copy'])
      while ((await client.instances.find(name))?.status !== 'Running') await delay(20);
  });

  it('tells who waits for the operation later, too', async () => {
    const { server, client } = await made();
    server.failNext(state, broken);
    const operation = await client.instances.create(
      { name: 'new', source: 'tiny', start: true },
      { wait: false },
    );
    await expect(operation.wait()).rejects.toThrow(InstanceStartError);
  });
});

describeFakes('ensure() of what is to run', (start) => {
  it.each(['Running', 'Stopped', 'Frozen'] as const)('brings one that is %s to it', async (status) => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status });
    const web = await client.instances.ensure('web', { source: { type: 'none' }, start: true });
    expect(web.status).toBe('Running');
    expect((await client.instances.get('web')).status).toBe('Running');
  });

  it('leaves alone what need not run', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web', status: 'Stopped' });
    expect((await client.instances.ensure('web', { source: { type: 'none' } })).status).toBe('Stopped');
  });
});
