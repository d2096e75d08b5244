import { Client, Operation } from 'tslxd';
import { describeReal } from './harness.js';

describeReal('a client with autoWait: false', (server) => {
  it('resolves with operations, whose ends give what is wanted, and waits where a call says so', async () => {
    await using client = await Client.connect({ socketPath: server.socketPath, autoWait: false });
    const fingerprint = await server.ensureImage();
    const creation = await client.instances.create({
      name: server.uniqueName('unwaited'),
      source: { fingerprint },
    });
    expect(creation).toBeInstanceOf(Operation);
    const web = await creation.wait();
    expect(web.status).toBe('Stopped');

    const starting = await web.start();
    expect([starting.class, starting.state]).toEqual(['task', 'running']);
    expect(await starting.wait()).toBe(web);
    expect(await web.snapshots.create('a', { wait: true })).toMatchObject({ name: 'a' });
    const stopped = await web.stop({ force: true, wait: true });
    expect((await stopped.fetch()).status).toBe('Stopped');
    const published = await (await web.publish()).wait();
    await (await published.delete()).wait();
    expect(await client.images.exists(published.key)).toBe(false);

    const started = await client.request('PUT', '/1.0/instances/{name}/state', {
      name: web.name,
      body: { action: 'start' },
    });
    expect(started).toBeInstanceOf(Operation);
    expect(await started.wait()).toMatchObject({ status: 'Success' });
    await web.delete({ force: true, wait: true });
    expect(await client.instances.exists(web.name)).toBe(false);
  });

  it('does the same for what the server does at once', async () => {
    await using client = new Client({ socketPath: server.socketPath, autoWait: false });
    const made = await client.profiles.create(server.uniqueName('profile'));
    expect(made.state).toBe('succeeded');
    const profile = await made.wait();
    profile.description = 'saved, which is several requests';
    expect(await profile.save()).toBe(profile);
    expect(await client.profiles.ensure(profile.key, { config: { 'user.a': 'b' } })).toMatchObject({
      key: profile.key,
      config: { 'user.a': 'b' },
    });
    const renamed = await profile.rename(server.uniqueName('renamed'));
    expect(await renamed.wait()).toBe(profile);
    await (await profile.delete()).wait();
    expect(await client.profiles.exists(profile.key)).toBe(false);
  });

  it('waits for all that methods of several requests start', async () => {
    await using client = new Client({ socketPath: server.socketPath, autoWait: false });
    const fingerprint = await server.ensureImage();
    const name = server.uniqueName('ensured');
    const web = await client.instances.ensure(name, { source: { fingerprint }, start: true });
    expect(web.status).toBe('Running');
    const { changed } = await client.instances.setState('stop', { filter: `name eq ${name}`, force: true });
    expect(changed.map((one) => one.status)).toEqual(['Stopped']);
    await web.delete({ wait: true });
  });
});
