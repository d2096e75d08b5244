import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, DeletedError, InvalidInputError, NotFoundError } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

describeFakes('volumes', (start) => {
  it('deleted through a model, leave a new one of that name alone', async () => {
    const { server, client } = await start();
    const { volumes } = client.storagePools;
    const old = await volumes.create('default/custom/v');
    await old.delete();
    const young = await volumes.create('default/custom/v', { config: { 'user.a': '1' } });
    const { client: other } = await start();
    const before = sent(server).length;
    for (const work of [
      () => old.moveTo(other, { pool: 'default' }),
      () => old.copyTo(other, { pool: 'default' }),
      () => old.move({ project: 'lab' }),
      () => old.copy('w'),
      () => old.attachTo('web', { path: '/srv' }),
      () => old.detachFrom('web'),
      () => old.exportTo('/nowhere/at/all'),
    ])
      await expect(work()).rejects.toThrow(DeletedError);
    expect(sent(server)).toHaveLength(before);
    expect((await young.fetch()).config['user.a']).toBe('1');
  });

  it('are not left by an import that is aborted while it sets their config', async () => {
    const { server, client } = await start();
    const { volumes } = client.storagePools.ref('default');
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-'));
    try {
      const file = await (await volumes.create('v')).exportTo(join(folder, 'v.tar'));
      const path = '/1.0/storage-pools/default/volumes/custom/w';
      server.failNext(`PUT ${path}`, { stall: Infinity });
      const controller = new AbortController();
      const { signal } = controller;
      const made = rejection(
        volumes.import(file, { name: 'w', config: { 'user.a': '1' }, signal }),
        AbortedError,
      );
      while (!sent(server).includes(`PUT ${path}`)) await delay(5);
      controller.abort();
      await made;
      while (await volumes.exists('w')) await delay(5);
    } finally {
      await rm(folder, { recursive: true });
    }
  });

  it('are not listed by a type that none has', async () => {
    const { server, client } = await start();
    const { storagePools } = client;
    const type = 'Custom' as 'custom';
    await expect(storagePools.volumes.all({ type })).rejects.toThrow(InvalidInputError);
    await expect(storagePools.ref('default').volumes.all({ type })).rejects.toThrow(InvalidInputError);
    const source = { type: 'copy', name: 'v' } as const;
    const copied = storagePools.ref('default').volumes.create({ name: 'w', source }, { odd: 1 } as never);
    await expect(copied).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });

  it.each(['a/b/c', 'a/', '/b', '/'])('are no copies of a source named %j', async (name) => {
    const { server, client } = await start();
    const { volumes } = client.storagePools.ref('default');
    const made = volumes.create({ name: 'v', source: { type: 'copy', name } });
    await expect(made).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });

  it.each([true, false])('of a project that is not there are no empty list (at once: %p)', async (atOnce) => {
    const extensions = (own: readonly string[]) => [...own, ...(atOnce ? ['storage_volumes_all'] : [])];
    const { client } = await start({ extensions });
    const { volumes } = client.useProject('nowhere').storagePools;
    await expect(volumes.all()).rejects.toThrow(NotFoundError);
    await expect(volumes.names()).rejects.toThrow(NotFoundError);
  });
});
