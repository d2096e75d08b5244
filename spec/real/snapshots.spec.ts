import { AlreadyExistsError, Instance, NotFoundError, OperationError, Snapshot } from 'tslxd';
import { makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('snapshots', (server) => {
  const { client, requestsOf } = useClient(server);

  it('are created, named or not, with an expiry, listed, renamed and deleted', async () => {
    const web = await makeEmpty(server, client);
    const expiresAt = new Date('2040-01-01T00:00:00Z');
    const first = await web.snapshots.create('first', { timeout: 20_000 });
    const second = await web.snapshots.create({ name: 'second', expiresAt });
    const unnamed = await web.snapshots.create();
    expect([first.name, first.expiresAt, first.stateful]).toEqual(['first', null, false]);
    expect(second.expiresAt).toEqual(expiresAt);
    expect(unnamed.name).toMatch(/^snap\d+$/);
    expect(first.createdAt?.getTime()).toBeGreaterThan(Date.now() - 600_000);
    expect((await web.snapshots.names()).sort()).toEqual(['first', 'second', unnamed.name].sort());
    await second.rename('third');
    expect((await web.snapshots.get('third')).name).toBe('third');
    expect(await web.snapshots.exists('second')).toBe(false);
    await second.delete();
    await expect(web.snapshots.get('third')).rejects.toThrow(NotFoundError);
    await expect(web.snapshots.create('first')).rejects.toThrow(AlreadyExistsError);
    await web.delete();
  });

  it('expire when the instance says, when told, or never: null is not "not given"', async () => {
    const web = await makeEmpty(server, client, { config: { 'snapshots.expiry': '1d' } });
    expect((await web.snapshots.create('own')).expiresAt).not.toBeNull();
    expect((await web.snapshots.create({ name: 'never', expiresAt: null })).expiresAt).toBeNull();
    const all = await client.snapshots.create(`${web.name}/never-either`, { expiresAt: null });
    expect(all.expiresAt).toBeNull();
    expect((await web.backups.create({ name: 'kept', expiresAt: null })).expiresAt).toBeNull();
    await web.delete();
  });

  it('become instances of the class that theirs is of', async () => {
    class WebServer extends Instance {}
    const own = client.instances.as(WebServer);
    const { name } = await makeBusybox(server, client);
    const web = await own.get(name);
    const snapshot = await web.snapshots.create('a');
    const copy = await snapshot.copy(server.uniqueName('copy'));
    expect(copy).toBeInstanceOf(WebServer);
    expect(web.snapshots.as(Snapshot).ref('a')).toBeInstanceOf(Snapshot);
    const plain = await (await client.snapshots.get(`${name}/a`)).copy(server.uniqueName('copy'));
    expect(plain.constructor).toBe(Instance);
    expect(web.backups).toBe(web.backups);
    for (const made of [copy, plain, web]) await made.delete();
  });

  it('of all instances come in one request, by instance and name', async () => {
    const [one, two] = [await makeEmpty(server, client), await makeEmpty(server, client)];
    await one.snapshots.create('a');
    await client.snapshots.create(`${two.name}/b`);
    const keys = [`${one.name}/a`, `${two.name}/b`];
    expect(await requestsOf(() => client.snapshots.all())).toHaveLength(1);
    const all = (await client.snapshots.all()).filter(({ key }) => keys.includes(key));
    expect(all.map(({ key }) => key).sort()).toEqual([...keys].sort());
    expect(all.map(({ name, instance }) => `${instance}/${name}`).sort()).toEqual([...keys].sort());
    const snapshot = await client.snapshots.get(keys[0]!);
    expect(snapshot.toJSON()).toEqual((await one.snapshots.get('a')).toJSON());
    await snapshot.delete();
    expect(await client.snapshots.exists(keys[0]!)).toBe(false);
    await Promise.all([one.delete(), two.delete()]);
  });

  it('bring the instance back, from the instance and from the snapshot', async () => {
    const web = await makeBusybox(server, client, { config: { 'user.state': 'good' } });
    const snapshot = await web.snapshots.create('good');
    for (const restore of [
      () => web.restore('good'),
      () => web.restore(snapshot),
      async () => {
        await snapshot.restore();
        await web.fetch();
      },
    ]) {
      web.config['user.state'] = 'bad';
      await web.save();
      await restore();
      expect(web.config['user.state']).toBe('good');
      expect((await client.instances.get(web.name)).config['user.state']).toBe('good');
    }
    await expect(web.restore('none')).rejects.toThrow(OperationError);
    const image = await snapshot.publish({ properties: { from: 'snapshot' } });
    expect(image.properties.from).toBe('snapshot');
    await image.delete();
    await web.delete();
  });

  it('follow an instance that is renamed', async () => {
    const web = await makeEmpty(server, client);
    const { snapshots } = web;
    await snapshots.create('a');
    await web.rename(server.uniqueName('renamed'));
    expect(await snapshots.names()).toEqual(['a']);
    await web.delete();
  });
});
