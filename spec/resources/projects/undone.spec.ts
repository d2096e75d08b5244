import { DeletedError, InvalidInputError, Project, ServerError, TimeoutError, type Client } from 'tslxd';
import { describeFakes, sent } from '../support.js';

class Team extends Project {
  get seats(): number {
    return Number(this.config['user.seats']);
  }
}

describeFakes('client.projects', (start) => {
  it.each([
    ['PUT /1.0/profiles/default', 'the profile cannot be written'],
    ['GET /1.0/projects/lab', 'the project cannot be read'],
  ])('are deleted again where %s fails: %s', async (request) => {
    const { server, client } = await start();
    server.failNext(request, { status: 500 });
    const made = client.projects.create({ name: 'lab', defaultProfile: true });
    await expect(made).rejects.toThrow(ServerError);
    expect(await client.projects.names()).toEqual(['default']);
  });

  it('say why they were not made, also where they could not be deleted again', async () => {
    const { server, client } = await start();
    server.failNext('PUT /1.0/profiles/default', { status: 500, error: 'the disk is full' });
    server.failNext('DELETE /1.0/projects/lab', { status: 500 });
    const made = client.projects.create({ name: 'lab', defaultProfile: true });
    await expect(made).rejects.toThrow('the disk is full');
    expect(await client.projects.names()).toEqual(['default', 'lab']);
  });

  it('get their profile whether it is waited for or not', async () => {
    const { client } = await start();
    const operation = await client.projects.create({ name: 'lab', defaultProfile: true }, { wait: false });
    expect((await operation.wait()).name).toBe('lab');
    const { devices } = await client.useProject('lab').profiles.get('default');
    expect(Object.keys(devices)).toEqual(['root']);
  });

  it('get the profile of the project that the client is of', async () => {
    const { client } = await start();
    const shop = client.useProject(await client.projects.create('shop'));
    await shop.profiles.create({ name: 'base', config: { 'limits.cpu': '1' } });
    await shop.projects.create({ name: 'lab', defaultProfile: 'base' });
    const { config } = await client.useProject('lab').profiles.get('default');
    expect(config).toEqual({ 'limits.cpu': '1' });
  });

  it('deleted through a model, leave a new one of that name alone', async () => {
    const extensions = (own: readonly string[]) => own.filter((one) => one !== 'projects_force_delete');
    const { client } = await start({ extensions });
    const old = await client.projects.create('lab');
    await old.delete();
    await client.projects.create({ name: 'lab', defaultProfile: true });
    const web = await client.useProject('lab').instances.create({ name: 'web', source: { type: 'none' } });
    await expect(old.delete({ force: true })).rejects.toThrow(DeletedError);
    await old.delete({ force: true, ifExists: true });
    expect((await web.fetch()).status).toBe('Stopped');
  });

  it('are of a class of their own, if you like', async () => {
    const { client } = await start();
    const teams = client.projects.as(Team);
    const team = await teams.create({ name: 'lab', config: { 'user.seats': '3' }, defaultProfile: true });
    expect([team.seats, (await teams.all()).at(-1)?.seats]).toEqual([3, 3]);
  });

  it.each<[string, (client: Client) => unknown]>([
    ['a profile that is no name', (of) => of.projects.create({ name: 'lab', defaultProfile: 1 as never })],
    ['a profile without a name', (of) => of.projects.create({ name: 'lab', defaultProfile: '' })],
    ['a config that is no map', (of) => of.projects.create({ name: 'lab', config: 1 as never })],
    ['what nothing reads', (of) => of.projects.create({ name: 'lab', profile: true } as never)],
    ['an option that nothing reads', (of) => of.projects.ref('lab').delete({ forced: true } as never)],
    ['no project', (of) => Promise.resolve().then(() => of.useProject(1 as never))],
  ])('refuse %s before anything is sent', async (_, call) => {
    const { server, client } = await start();
    await expect(call(client)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });

  it('have a time for all that a forced deletion does', async () => {
    // One that leaves it to us.
    const extensions = (own: readonly string[]) => own.filter((one) => one !== 'projects_force_delete');
    const { server, client } = await start({ extensions });
    const project = await client.projects.create({ name: 'lab', defaultProfile: true });
    const source = { type: 'none' } as const;
    await client.useProject('lab').instances.create({ name: 'web', source });
    server.failNext('DELETE /1.0/instances/web', { stall: Infinity });
    await expect(project.delete({ force: true, timeout: 300 })).rejects.toThrow(TimeoutError);
    await project.delete({ force: true });
    expect(await client.projects.names()).toEqual(['default']);
  });

  describe('whose forced deletion ends in between', () => {
    // One that leaves it to us.
    const extensions = (own: readonly string[]) => own.filter((one) => one !== 'projects_force_delete');

    async function filled() {
      const { server, client } = await start({ extensions });
      const project = await client.projects.create({ name: 'lab', defaultProfile: true });
      const source = { type: 'none' } as const;
      for (const name of ['a', 'b', 'c']) await client.useProject('lab').instances.create({ name, source });
      return { server, project };
    }
    const rest = '(deleted already: instances/a; left: instances/b, instances/c)';

    it('say what is gone and what is left', async () => {
      const { server, project } = await filled();
      server.failNext('DELETE /1.0/instances/b', { status: 500, error: 'the disk is full' });
      const error: unknown = await project.delete({ force: true }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(ServerError);
      expect((error as Error).message).toBe(
        `The project 'lab' was not deleted, since instances/b in it cannot be: DELETE /1.0/instances/b: the disk is full (500) ${rest}`,
      );
      await project.delete({ force: true });
    });

    it('say it also of a time limit', async () => {
      const { server, project } = await filled();
      server.failNext('DELETE /1.0/instances/b', { stall: Infinity });
      const error: unknown = await project
        .delete({ force: true, timeout: 700 })
        .catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(TimeoutError);
      expect((error as Error).message).toContain(rest);
    });

    it('say nothing of it where nothing is gone', async () => {
      const { server, project } = await filled();
      server.failNext('DELETE /1.0/instances/a', { status: 500, error: 'the disk is full' });
      await expect(project.delete({ force: true })).rejects.toThrow(/the disk is full \(500\)$/);
    });
  });
});
