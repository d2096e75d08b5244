import { BadRequestError, NotFoundError } from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

interface RawInstance {
  project: string;
  description: string;
  config: Record<string, string>;
}

describeReal('projects', (server) => {
  const { client, requestsOf } = useClient(server);
  const project = server.uniqueName('project');
  const elsewhere = client.useProject(project);
  const name = server.uniqueName('twin'); // one in each project
  const read = (of: string) => server.read<RawInstance>(`/1.0/instances/${name}?project=${of}`);

  beforeAll(async () => {
    // Profiles and images of its own would leave its instances without a root disk.
    const config = { 'features.profiles': 'false', 'features.images': 'false' };
    await server.run('POST', '/1.0/projects', { name: project, config });
    await makeEmpty(server, client, { name, config: { 'user.where': 'default' } });
    await makeEmpty(server, elsewhere, { name, config: { 'user.where': project } });
  });

  const twins = async (recursion?: 0 | 1 | 2) => {
    const all = await client.instances.all({ allProjects: true, recursion, filter: { name } });
    expect(all.map((instance) => instance.name)).toEqual([name, name]);
    return all;
  };

  it('keeps each client in its project', async () => {
    expect((await client.instances.get(name)).config['user.where']).toBe('default');
    const other = await elsewhere.instances.get(name);
    expect([other.project, other.config['user.where']]).toEqual([project, project]);
    expect(await elsewhere.instances.names()).toEqual([name]);
    // A project that is not there is not an instance that is not there, whatever the server says.
    const nowhere = client.useProject('no-such-project').instances.exists(name);
    await expect(nowhere).rejects.toThrow('Project not found');
  });

  it.each([1, 2] as const)(
    'lists all projects in one request at recursion %i, and saves to the right one',
    async (depth) => {
      const value = String(depth);
      expect(await requestsOf(() => twins(depth))).toHaveLength(1);
      const instance = (await twins(depth)).find((one) => one.project === project);
      if (!instance) throw new Error(`nothing of ${project} in the list`);
      const before = await read('default');
      instance.config['user.a'] = value;
      instance.description = `edited ${value}`;
      await instance.save();
      expect(await read(project)).toMatchObject({
        description: `edited ${value}`,
        config: { 'user.a': value },
      });
      expect(await read('default')).toEqual(before);
    },
  );

  it('fetches the right one of a list of names, too', async () => {
    const fetched = await Promise.all((await twins(0)).map((instance) => instance.fetch()));
    expect(fetched.map((instance) => instance.config['user.where']).sort()).toEqual(
      ['default', project].sort(),
    );
    expect(fetched.map((instance) => instance.project).sort()).toEqual(['default', project].sort());
  });

  it('does all that a model of another project can where it is', async () => {
    const instance = (await twins()).find((one) => one.project === project);
    if (!instance) throw new Error(`nothing of ${project} in the list`);
    const made = await instance.snapshots.create('first');
    expect((await instance.state()).status).toBe('Stopped');
    expect(await server.read(`/1.0/instances/${name}/snapshots?project=default`)).toEqual([]);
    expect(await elsewhere.instances.ref(name).snapshots.names()).toEqual(['first']);

    const all = await client.snapshots.all({ allProjects: true });
    const listed = all.find(({ key }) => key === `${name}/first`);
    const got = await elsewhere.snapshots.get(`${name}/first`);
    expect([listed?.toJSON(), got.toJSON()]).toEqual([made.toJSON(), made.toJSON()]);
    const nested = (await twins(2)).flatMap((one) => one.fetchedSnapshots ?? []);
    expect(nested.map((one) => one.toJSON())).toEqual([made.toJSON()]);

    const expiresAt = new Date('2040-01-02T03:04:05Z');
    for (const snapshot of [listed, nested[0]]) {
      if (!snapshot) throw new Error('the snapshot is not in the list');
      snapshot.expiresAt = expiresAt;
      await snapshot.save();
      expect((await made.fetch()).expiresAt).toEqual(expiresAt);
      made.expiresAt = null;
      await made.save();
    }
    await instance.restore('first');
    await listed?.delete();
    await expect(made.fetch()).rejects.toThrow(NotFoundError);

    const renamed = server.uniqueName('renamed');
    await instance.rename(renamed);
    expect(await elsewhere.instances.names()).toEqual([renamed]);
    await instance.rename(name);
    expect(await client.instances.exists(name)).toBe(true);
  });

  it('sends one request to another project, and says which it does not know', async () => {
    const { name: answered } = await client.request('GET', '/1.0/instances/{name}', { name, project });
    expect(answered).toBe(name);
    const lost = client.useProject('no-such-project').instances.create({ name, source: { type: 'none' } });
    const error: unknown = await lost.catch((reason: unknown) => reason);
    expect(error instanceof NotFoundError || error instanceof BadRequestError).toBe(true);
  });
});
