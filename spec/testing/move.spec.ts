import { FakeServer } from 'tslxd/testing';
import { rejection } from '../resources/support.js';

describe.each(['lxd', 'incus'] as const)('a move on a fake %s', (product) => {
  it('to another project takes all along', async () => {
    await using server = await FakeServer.start({ product });
    server.addProject('two');
    server.addInstance({ name: 'web', config: { 'user.a': '1' }, snapshots: ['before'] });
    const client = server.client();
    const web = await client.instances.get('web');
    await web.files.writeFile('/root/mine', 'x');
    await web.move({ project: 'two' });
    expect(await client.instances.names()).toEqual([]);
    const moved = await client.useProject('two').instances.get('web');
    expect(moved.config['user.a']).toBe('1');
    expect(await moved.files.readFile('/root/mine', 'utf8')).toBe('x');
    expect(await moved.snapshots.names()).toEqual(['before']);
  });

  it('to another pool takes all along too', async () => {
    await using server = await FakeServer.start({ product });
    server.addPool('fast');
    server.addInstance({ name: 'web', snapshots: ['before'], files: { '/root/mine': 'x' } });
    const client = server.client();
    const web = await client.instances.get('web');
    await web.move({ pool: 'fast' });
    expect(web.devices).toEqual({ root: { type: 'disk', path: '/', pool: 'fast' } });
    expect(await web.files.readFile('/root/mine', 'utf8')).toBe('x');
    expect((await web.snapshots.get('before')).devices).toEqual(web.devices);
    await web.move({ pool: 'default', name: 'site' });
    expect(await client.instances.names()).toEqual(['site']);
    expect((await web.copy('copy', { pool: 'fast' })).devices.root?.pool).toBe('fast');
    for (const moved of [web.move({ pool: 'nope' }), web.copy('other', { pool: 'nope' })]) {
      await expect(moved).rejects.toThrow('Storage pool not found');
    }
    expect((await client.instances.names()).toSorted()).toEqual(['copy', 'site']);
  });

  it('that cannot be leaves it where it is', async () => {
    await using server = await FakeServer.start({ product });
    server.addProject('two');
    server.addInstance({ name: 'web' });
    server.addInstance({ name: 'web', project: 'two' });
    const web = await server.client().instances.get('web');
    for (const project of ['nope', 'two']) {
      const error = await rejection(web.move({ project }), Error);
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_LXD/) });
    }
    expect(await server.client().instances.names()).toEqual(['web']);
  });
});
