import { Client, InvalidInputError, NotFoundError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { tellOfProjects } from '../resources/projects/stories.js';
import { booted, makeBusybox, useClient } from './client.js';
import { describeReal } from './harness.js';
import { canStart, startOwnDaemon } from './own-daemon.js';

describeReal('client.projects', (server) => {
  const { client, requestsOf } = useClient(server);
  tellOfProjects({ client: () => client, uniqueName: server.uniqueName, requestsOf });

  it('go with instances that run, and with images', async () => {
    const project = await client.projects.create({
      name: server.uniqueName('project'),
      defaultProfile: true,
    });
    const own = client.useProject(project);
    const fingerprint = await server.ensureImage();
    await client.images.ref(fingerprint).copyTo(own);
    const instance = await makeBusybox(server, own);
    await booted(await instance.start());
    await project.delete({ force: true });
    expect(await client.projects.exists(project.key)).toBe(false);
    expect(await client.images.exists(fingerprint)).toBe(true);
  });

  it('is undone where the profile cannot be copied', async () => {
    const devices = { odd: { type: 'unix-char', path: '/dev/null' } };
    const profile = await client.profiles.create({ name: server.uniqueName('profile'), devices });
    const name = server.uniqueName('project');
    const config = { restricted: 'true' };
    const refused = client.projects.create({ name, config, defaultProfile: profile.name });
    await expect(refused).rejects.toThrow(/forbidden|not allowed/i);
    expect(await client.projects.exists(name)).toBe(false);
  });

  const onlyWhere = canStart(server.product) || process.env.TSLXD_REQUIRE_REAL === '1' ? it : it.skip;
  // On a daemon of its own, since it is what must not happen to anybody's.
  onlyWhere(
    'are not left to a server that takes the default profile of all others along',
    async () => {
      const own = await startOwnDaemon(server);
      const fake = await FakeServer.start({ product: server.product });
      try {
        const left: object[] = [];
        for (const { socketPath } of [own, fake]) {
          const there = new Client({ socketPath });
          const config = { 'features.profiles': 'false' };
          const shared = async () => (await there.profiles.get('default')).devices;
          await (await there.projects.create({ name: 'shared', config })).delete({ force: true });
          expect(Object.keys(await shared())).toEqual(['root']);
          await there.projects.create({ name: 'shared', config });
          const query = { force: true };
          await there.request('DELETE', '/1.0/projects/{name}', { name: 'shared', query });
          left.push(await shared());
          await there.close();
        }
        const root = { type: 'disk', path: '/', pool: 'default' };
        const after = server.product === 'incus' ? {} : { root };
        expect(left).toEqual([after, after]);
      } finally {
        await Promise.all([own.remove(), fake.close()]);
      }
    },
    120_000,
  );

  it("refuses the project of another client's server", async () => {
    const project = await client.projects.get('default');
    const other = new Client({ socketPath: server.socketPath });
    try {
      expect(() => other.useProject(project)).toThrow(InvalidInputError);
    } finally {
      await other.close();
    }
    await expect(client.useProject('no-such').instances.get('x')).rejects.toThrow(NotFoundError);
  });
});
