import { setTimeout as delay } from 'node:timers/promises';
import { BadRequestError, Client, ResponseError, type Instance, type InstanceChange } from 'tslxd';
import { rejection } from '../resources/support.js';
import { makeBusybox, makeEmpty, useClient, useHttpsClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('events', (server) => {
  const { client } = useClient(server);
  const https = useHttpsClient(server);

  it.each(['socket', 'HTTPS'])('come over %s, typed and filtered', async (way) => {
    const { events } = way === 'socket' ? client : https.client;
    const name = server.uniqueName('events');
    const created = events.listen({ actions: ['instance-created', 'instance-deleted'] });
    const all = events.listen({ types: ['lifecycle', 'operation'] });
    await Promise.all([created.ready, all.ready]);
    const web = await makeEmpty(server, client, { name });
    web.config['user.a'] = '1';
    await web.save();
    await web.delete();
    const actions: string[] = [];
    for await (const { metadata, project, timestamp } of created) {
      if (!metadata.source.startsWith(`/1.0/instances/${name}`)) continue;
      actions.push(metadata.action);
      expect(project).toBe('default');
      expect(Math.abs(timestamp.getTime() - Date.now())).toBeLessThan(60_000);
      if (metadata.action === 'instance-deleted') break;
    }
    expect(actions).toEqual(['instance-created', 'instance-deleted']);
    for await (const event of all) {
      if (event.type === 'operation' && JSON.stringify(event.metadata.resources).includes(name)) break;
    }
  });

  it('of other projects come only if asked for', async () => {
    const project = server.uniqueName('project');
    await server.run('POST', '/1.0/projects', { name: project, config: { 'features.profiles': 'true' } });
    const own = client.events.listen({ types: ['lifecycle'] });
    const every = client.events.listen({ types: ['lifecycle'], allProjects: true });
    const other = client.useProject(project).events.listen({ types: ['lifecycle'] });
    await Promise.all([own.ready, every.ready, other.ready]);
    const name = server.uniqueName('profile');
    await (await client.useProject(project).profiles.create({ name })).delete();
    await (await client.profiles.create({ name })).delete();
    const isIt = (source: string) => source.startsWith(`/1.0/profiles/${name}`);
    for (const [stream, projects] of [
      [own, ['default', 'default']],
      [other, [project, project]],
      [every, [project, project, 'default', 'default']],
    ] as const) {
      const seen: unknown[] = [];
      for await (const event of stream) {
        if (isIt(event.metadata.source)) seen.push(event.project);
        if (seen.length === projects.length) break;
      }
      expect(seen).toEqual(projects);
    }
  });

  it('of a type that the server does not know are refused, also before anything is known of it', async () => {
    const type = server.product === 'lxd' ? 'network-acl' : 'ovn';
    await using fresh = new Client({ socketPath: server.socketPath });
    const error = await rejection(fresh.events.listen({ types: [type] }).next(), ResponseError);
    if (server.product === 'incus') expect(error).toBeInstanceOf(BadRequestError); // LXD 5.0 says 500
    expect(error.message).toMatch(type);
  });
});

describeReal('watch() and waitFor()', (server) => {
  const { client } = useClient(server);
  /** What a watch tells of one instance, until it is gone. */
  async function story(
    changes: AsyncIterable<InstanceChange>,
    names: string[],
    told: string[],
  ): Promise<string[]> {
    for await (const change of changes) {
      if (change.type === 'synced' || !names.includes(change.key)) continue;
      const what = change.type === 'renamed' ? `from ${change.from}` : change.model.status;
      if (told.at(-1) !== `${change.type} ${what}`) told.push(`${change.type} ${what}`);
      if (change.type === 'removed') break;
    }
    return told;
  }

  it('tell the life of an instance', async () => {
    const [name, newName] = [server.uniqueName('watched'), server.uniqueName('renamed')];
    const heard: [string[], string[]] = [[], []];
    const all = story(client.containers.watch(), [name, newName], heard[0]);
    const web = await makeBusybox(server, client, { name });
    const one = story(web.watch(), [name, newName], heard[1]);
    const stopped = web.waitFor(
      (instance, state) => instance.config['user.done'] === 'yes' && state.pid === 0,
    );
    const running = web.waitFor('running', { timeout: 20_000 });
    await web.start();
    await running;
    await web.waitFor('agent', { timeout: 20_000 });
    await web.stop({ force: true });
    web.config['user.done'] = 'yes';
    await web.save();
    await stopped;
    await web.rename(newName);
    // What is renamed and deleted before a watch has read it is told as removed alone.
    while (!heard.every((told) => told.includes(`renamed from ${name}`))) await delay(20);
    await web.delete();
    for (const told of await Promise.all([all, one])) {
      expect(told[0]).toBe('added Stopped');
      expect(told).toContain('changed Running');
      expect(told).toContain(`renamed from ${name}`);
      expect(told.at(-1)).toBe('removed Stopped');
    }
  });

  it('a filter narrows what is watched', async () => {
    const role = server.uniqueName('role');
    const web: Instance = await makeEmpty(server, client, { config: { 'user.role': role } });
    const changes = client.instances.watch({ filter: { 'config.user.role': role } });
    const first = await changes.next();
    expect(first.value).toMatchObject({ type: 'added', key: web.name });
    expect((await changes.next()).value).toEqual({ type: 'synced' });
    await makeEmpty(server, client); // not one of them
    web.config['user.role'] = 'other';
    await web.save();
    expect((await changes.next()).value).toMatchObject({ type: 'removed', key: web.name });
    await changes.return();
  });

  it('addresses', async () => {
    if (!server.hasNetwork) return;
    const web = await makeBusybox(server, client, { profiles: ['default', 'tslxd-net'] });
    expect(await web.addresses()).toEqual([]);
    await web.start();
    await web.waitFor('ipv4', { timeout: 20_000 });
    const [address] = await web.addresses({ family: 4 });
    expect(address).toMatchObject({ family: 4, interface: 'eth0', prefixLength: 24, scope: 'global' });
    const local = await web.addresses({ scope: 'any' });
    expect(local.map((one) => one.address)).toContain('127.0.0.1');
  });
});
