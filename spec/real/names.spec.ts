import { UnsupportedError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

/** Names that servers accept, and that URLs have a meaning for. */
const odd = ['a#b', '#hash', 'a%23b', 'a%2523b', 'per%20cent', '100%', 'ä'];

describeReal('names that URLs have a meaning for', (server) => {
  const { client } = useClient(server);

  it('of snapshots: each of them is listed, read, changed, renamed and deleted, and no other', async () => {
    const web = await makeEmpty(server, client);
    for (const name of odd) expect((await web.snapshots.create(name)).key).toBe(name);
    const names = async () => (await web.snapshots.names()).sort();
    expect(await names()).toEqual([...odd].sort());
    const all = await web.snapshots.all({ recursion: 0 });
    expect(all.map(({ key }) => key).sort()).toEqual([...odd].sort());
    const ours = (await client.snapshots.names()).filter((key) => key.startsWith(`${web.name}/`));
    expect(ours.sort()).toEqual(odd.map((name) => `${web.name}/${name}`).sort());
    for (const name of odd) {
      const snapshot = await client.snapshots.get(`${web.name}/${name}`);
      expect([snapshot.name, snapshot.instance]).toEqual([name, web.name]);
      snapshot.expiresAt = new Date('2040-01-01');
      await snapshot.save();
      await web.restore(name);
    }
    for (const { expiresAt } of await web.snapshots.all()) expect(expiresAt).not.toBeNull();

    const renamed = await web.snapshots.ref('a%23b').rename('b%41');
    expect(await names()).toEqual([...odd.filter((name) => name !== 'a%23b'), 'b%41'].sort());
    expect((await renamed.fetch()).name).toBe('b%41');
    const left = [...odd.filter((name) => name !== 'a%23b'), 'b%41'];
    while (left.length > 0) {
      await web.snapshots.ref(left.pop()!).delete();
      expect(await names()).toEqual([...left].sort());
    }
    await web.delete();
  });

  it('of backups: the same', async () => {
    const web = await makeEmpty(server, client);
    const left = ['a#b', 'a%23b', '100%', 'x?y=1'];
    for (const name of left) expect((await web.backups.create(name)).name).toBe(name);
    const names = async () => (await web.backups.names()).sort();
    while (left.length > 0) {
      expect(await names()).toEqual([...left].sort());
      const backup = await web.backups.get(left.pop()!);
      await backup.delete();
    }
    expect(await names()).toEqual([]);
    await web.delete();
  });

  it('of profiles and image aliases: lists tell them as they are', async () => {
    const target = await server.ensureImage();
    const made: { delete(): Promise<void> }[] = [];
    const names: string[] = [];
    for (const word of ['my own', 'a%20b', 'a#b', 'x?y=1', 'ä']) {
      const name = `${server.uniqueName('odd')} ${word}`;
      made.push(await client.images.aliases.create({ name, target }));
      const profile = await client.profiles.create(name).catch(() => undefined); // newer Incus is stricter
      if (profile) made.push(profile);
      if (profile) names.push(name);
      expect(await client.images.aliases.names()).toContain(name);
      expect((await client.images.aliases.get(name)).target).toBe(target);
    }
    expect((await client.profiles.names()).sort()).toEqual(expect.arrayContaining([...names].sort()));
    for (const name of names) expect((await client.profiles.get(name)).name).toBe(name);
    for (const one of made) await one.delete();
    expect((await client.images.aliases.names()).filter((name) => name.includes('odd'))).toEqual([]);
  });
});

describeReal('the things of all projects', (server) => {
  const { client } = useClient(server);
  const options = { allProjects: true };

  it('come where the server lists them all, and are an UnsupportedError where it would list one project', async () => {
    const lists = {
      profiles_all_projects: () => client.profiles.all(options),
      images_all_projects: () => client.images.names(options),
      operations_get_query_all_projects: () => client.operations.all(options),
      instance_all_projects: () => client.instances.names(options),
    };
    for (const [extension, list] of Object.entries(lists)) {
      const has = client.server.has(extension);
      const outcome = await list().then(
        () => 'listed',
        (error: unknown) => (error instanceof UnsupportedError ? error.extension : error),
      );
      expect([extension, outcome]).toEqual([extension, has ? 'listed' : extension]);
    }
    await expect(client.images.aliases.all(options)).rejects.toThrow(UnsupportedError);
    await expect(client.images.aliases.names(options)).rejects.toThrow(UnsupportedError);
    await expect(client.snapshots.all(options)).resolves.toBeInstanceOf(Array);
  });
});
