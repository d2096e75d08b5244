import {
  AlreadyExistsError,
  BadRequestError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  type Client,
  type Project,
} from 'tslxd';
import { inOneGo, type Subject } from '../support.js';

const root = { root: { type: 'disk', path: '/', pool: 'default' } };
const none = { type: 'none' } as const;

/** What holds of projects on every server. */
export function tellOfProjects({ client, uniqueName, requestsOf }: Subject): void {
  const projects = () => client().projects;
  const fill = (project: Project) => client().useProject(project);

  it('are created, found, listed, renamed and deleted', async () => {
    const name = uniqueName('project');
    const project = await projects().create({ name, description: 'first', config: { 'user.a': '1' } });
    expect([project.name, project.description, project.config['user.a']]).toEqual([name, 'first', '1']);
    expect(project.config['features.profiles']).toBe('true');
    expect(project.usedBy).toEqual([`/1.0/profiles/default?project=${name}`]);
    expect(await projects().names()).toEqual(expect.arrayContaining(['default', name]));
    expect((await projects().all()).find(({ key }) => key === name)?.description).toBe('first');
    await expect(projects().create(name)).rejects.toThrow(AlreadyExistsError);
    await expect(project.rename('default')).rejects.toThrow(AlreadyExistsError);
    await project.rename(`${name}-b`);
    expect(await projects().exists(name)).toBe(false);
    expect((await projects().get(`${name}-b`)).name).toBe(`${name}-b`);
    await project.delete();
    expect(await projects().find(`${name}-b`)).toBeUndefined();
    await expect(projects().get(name)).rejects.toThrow(NotFoundError);
    for (const force of [false, true]) await projects().ref(name).delete({ ifExists: true, force });
    await expect(projects().ref(name).delete({ force: true })).rejects.toThrow(NotFoundError);
    await project.delete({ ifExists: true, force: true });
  });

  it('are saved whole, since a part of the config would switch all features off', async () => {
    const project = await projects().create(uniqueName('project'));
    const { config } = project;
    const before = { ...config };
    project.config['limits.instances'] = '3';
    const requests = await requestsOf(() => inOneGo(() => project.save()));
    expect(requests.filter((line) => !line.startsWith('GET '))).toEqual([
      `PUT /1.0/projects/${project.name} 200`,
    ]);
    expect((await projects().get(project.name)).config).toEqual({ ...before, 'limits.instances': '3' });
    delete project.config['limits.instances'];
    project.description = 'no limits';
    await project.save();
    const now = await projects().get(project.name);
    expect([now.config, now.description]).toEqual([before, 'no limits']);
    expect(await requestsOf(() => project.save())).toEqual([]);
    await project.delete();
  });

  it('merge what two people change', async () => {
    const mine = await projects().create(uniqueName('project'));
    const theirs = await projects().get(mine.name);
    theirs.config['user.theirs'] = '1';
    await theirs.save();
    mine.config['user.mine'] = '1';
    await mine.save();
    const { config } = await projects().get(mine.name);
    expect(config).toMatchObject({ 'user.mine': '1', 'user.theirs': '1', 'features.profiles': 'true' });
    await mine.delete();
  });

  it('are brought to a state, and left alone where they are in it', async () => {
    const name = uniqueName('project');
    const wanted = { config: { 'limits.instances': '2' }, defaultProfile: true } as const;
    const dry = await projects().ensure(name, wanted, { dryRun: true });
    expect(dry).toMatchObject({ method: 'POST', path: '/1.0/projects', body: { name } });
    const project = await projects().ensure(name, wanted);
    expect(project.config).toMatchObject({ 'limits.instances': '2', 'features.images': 'true' });
    const again = await requestsOf(() => projects().ensure(name, wanted));
    expect(again).toEqual([`GET /1.0/projects/${name} 200`]);
    await project.delete();
  });

  it('get a copy of a profile as their default one, or are not made at all', async () => {
    const name = uniqueName('project');
    const profile = await client().profiles.create({ name: uniqueName('profile'), devices: root });
    const project = await projects().create({ name, defaultProfile: profile.name });
    const copied = await fill(project).profiles.get('default');
    expect(copied.devices).toEqual(root);
    expect((await client().profiles.get(profile.name)).usedBy).toEqual([]);
    const instance = await fill(project).instances.create({ name: uniqueName('in'), source: none });
    expect(instance.project).toBe(name);
    await instance.delete();
    await project.delete();

    const sent = await requestsOf(async () => {
      await expect(projects().create({ name, defaultProfile: uniqueName('none') })).rejects.toThrow(
        NotFoundError,
      );
      const config = { 'features.profiles': 'false' };
      await expect(projects().create({ name, config, defaultProfile: true })).rejects.toThrow(
        InvalidInputError,
      );
      await expect(projects().create({ name: '', defaultProfile: true })).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([expect.stringMatching(/^GET \/1\.0\/profiles\/\S+ 404$/)]);
    expect(await projects().exists(name)).toBe(false);
    await profile.delete();
  });

  it('tell what is used and what is allowed', async () => {
    const config = { 'limits.containers': '2', 'limits.memory': '1GiB' };
    const project = await projects().create({ name: uniqueName('project'), config, defaultProfile: true });
    const { instances } = fill(project);
    const limits = { 'limits.memory': '256MiB' };
    await instances.create({ name: uniqueName('in'), source: none, config: limits });
    const state = await project.state();
    expect(state.containers).toEqual({ usage: 1, limit: 2 });
    expect(state.memory).toEqual({ usage: 256 * 1024 ** 2, limit: 1024 ** 3 });
    expect(state.instances).toEqual({ usage: 1, limit: null });
    expect(state['virtual-machines']).toEqual({ usage: 0, limit: null });

    await instances.create({ name: uniqueName('in'), source: none, config: limits });
    const third = instances.create({ name: uniqueName('in'), source: none, config: limits });
    await expect(third).rejects.toThrow(/maximum number of instances of type "container"/);
    project.config['limits.containers'] = '1';
    await expect(project.save()).rejects.toThrow('"limits.containers" is too low');
    project.revert();
    project.config['limits.memory'] = 'lots';
    await expect(project.save()).rejects.toThrow(BadRequestError);
    await project.delete({ force: true });
  });

  it('with limits take copies, which have what counts of their original', async () => {
    const config = {
      'limits.cpu': '3',
      'limits.memory': '1GiB',
      'limits.processes': '500',
      'limits.disk': '1GiB',
    };
    const project = await projects().create({ name: uniqueName('project'), config, defaultProfile: true });
    const { instances, profiles } = fill(project);
    const own = { 'limits.cpu': '1', 'limits.memory': '64MiB', 'limits.processes': '100' };
    const devices = { root: { ...root.root, size: '64MiB' } };
    const web = await instances.create({ name: uniqueName('in'), source: none, config: own, devices });
    await web.snapshots.create('s');
    for (const [name, options] of Object.entries({
      plain: {},
      other: { snapshot: 's', config: { 'limits.cpu': '2' } },
    })) {
      const copy = await web.copy(name, options);
      expect(copy.config).toMatchObject({ ...own, ...options.config });
      expect(copy.devices).toEqual(devices);
      await copy.delete();
    }
    // What a profile says counts, too.
    const name = uniqueName('sized');
    await profiles.create({ name, config: own, devices });
    const less = await instances.create({ name: uniqueName('in'), source: none, profiles: [name] });
    const copy = await less.copy('of-profile');
    expect([copy.config['limits.cpu'], copy.devices]).toEqual([undefined, {}]);
    await expect(less.copy('too-many')).rejects.toThrow(/maximum aggregate value "3" for "limits.cpu"/);
    await project.delete({ force: true });
  });

  it('are neither renamed nor deleted while anything is in them, unless forced', async () => {
    const project = await projects().create({ name: uniqueName('project'), defaultProfile: true });
    const { name } = project;
    await fill(project).instances.create({ name: uniqueName('in'), source: none });
    await expect(project.rename(`${name}-b`)).rejects.toThrow(InUseError);
    await expect(project.delete()).rejects.toThrow(InUseError);
    expect((await project.fetch()).usedBy).toHaveLength(2);
    await expect(project.delete({ force: true, wait: false })).rejects.toThrow(InvalidInputError);
    await project.delete({ force: true });
    expect(await projects().exists(name)).toBe(false);
  });

  it('go with all that is their own, whatever uses what', async () => {
    const config = { 'features.networks': 'true' };
    const project = await projects().create({ name: uniqueName('project'), config });
    const own = fill(project);
    const { volumes } = own.storagePools.ref('default');
    await volumes.create({ name: 'data' });
    await (await volumes.get('data')).snapshots.create({ name: 's1' });
    const profile = await own.profiles.get('default');
    profile.devices = { ...root, data: { type: 'disk', path: '/data', pool: 'default', source: 'data' } };
    await profile.save();
    await own.profiles.create({ name: 'small', config: { 'limits.cpu': '1' } });
    // LXD names them in URLs that are those of each other.
    for (const odd of ['a b', 'a%20b', 'a%2520b', 'a?b#c&d+e']) {
      await own.profiles.create(odd);
      await volumes.create(odd);
    }
    await own.instances.create({ name: 'one', source: none, profiles: ['default', 'small'] });
    await own.instances.create({ name: 'two', source: none, profiles: ['default'] });
    const drop = { action: 'drop', state: 'enabled' };
    await own.networks.acls.create('first');
    await own.networks.acls.create({ name: 'second', ingress: [{ ...drop, source: 'first' }] });
    await project.delete({ force: true });
    expect(await projects().exists(project.key)).toBe(false);
    expect(await client().storagePools.ref('default').volumes.exists('data')).toBe(false);
  });

  it('keep a volume that is in them, unless by force', async () => {
    // LXD 5.0 would delete the project all the same, and leave the volume's files on the disk for ever.
    const name = uniqueName('project');
    for (let round = 0; round < 2; round++) {
      const project = await projects().create({ name });
      const { volumes } = fill(project).storagePools.ref('default');
      await volumes.create({ name: 'data' });
      await expect(project.delete()).rejects.toThrow(InUseError);
      expect(await volumes.exists('data')).toBe(true);
      await project.delete({ force: true });
    }
    expect(await projects().exists(name)).toBe(false);
  });

  it('leave what they share with the default project', async () => {
    const features = ['images', 'profiles', 'storage.volumes'].map((one) => [`features.${one}`, 'false']);
    const config = Object.fromEntries(features) as Record<string, string>;
    const project = await projects().create({ name: uniqueName('project'), config });
    const shared = fill(project);
    const { volumes } = shared.storagePools.ref('default');
    const names = [uniqueName('profile'), uniqueName('volume'), uniqueName('acl')] as const;
    const profile = await shared.profiles.create({ name: names[0], devices: root });
    const volume = await volumes.create({ name: names[1] });
    const acl = await shared.networks.acls.create(names[2]);
    await shared.instances.create({ name: uniqueName('in'), source: none, profiles: [profile.name] });
    const before = await client().profiles.get('default');
    // Those of other specs come and go meanwhile; a deletion of what is shared would take all.
    const images = new Set(await client().images.names());
    const areSeen = (names: string[]) => names.some((one) => images.has(one));
    expect(areSeen(await shared.images.names())).toBe(images.size > 0);

    await project.delete({ force: true });
    expect(await projects().exists(project.key)).toBe(false);
    expect(await client().profiles.exists(names[0])).toBe(true);
    expect(await client().storagePools.ref('default').volumes.exists(names[1])).toBe(true);
    expect(await client().networks.acls.exists(names[2])).toBe(true);
    expect((await client().profiles.get('default')).devices).toEqual(before.devices);
    expect(areSeen(await client().images.names())).toBe(images.size > 0);
    await client().profiles.ref(profile.name).delete();
    await client().storagePools.ref('default').volumes.ref(volume.name).delete();
    await client().networks.acls.ref(acl.name).delete();
  });

  it('stay whole while an instance in them is protected from being deleted', async () => {
    const project = await projects().create({ name: uniqueName('project'), defaultProfile: true });
    const own = fill(project);
    const kept = { 'security.protection.delete': 'true' };
    await own.instances.create({ name: 'strg-a', source: none });
    const instance = await own.instances.create({ name: 'strg-b', source: none, config: kept });
    // A profile protects, too.
    await own.profiles.create({ name: 'safe', config: kept, devices: root });
    await own.instances.create({ name: 'strg-c', source: none, profiles: ['safe'] });
    const sent = await requestsOf(async () => {
      const error: unknown = await project.delete({ force: true }).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(InvalidInputError);
      expect((error as Error).message).toMatch(
        /was not deleted.* instances 'strg-b', 'strg-c' in it are protected .*; nothing was done$/,
      );
    });
    expect(sent.filter((line) => !line.startsWith('GET '))).toEqual([]);
    expect(await own.instances.names()).toEqual(['strg-a', 'strg-b', 'strg-c']);
    expect(await own.profiles.names()).toEqual(expect.arrayContaining(['default', 'safe']));
    instance.config['security.protection.delete'] = 'false';
    await instance.save();
    await expect(project.delete({ force: true })).rejects.toThrow("the instance 'strg-c' in it is protected");
    const profile = await own.profiles.get('safe');
    profile.config = {};
    await profile.save();
    await project.delete({ force: true });
    expect(await projects().exists(project.key)).toBe(false);
  });

  it('refuses to touch the default one before anything is sent', async () => {
    const main = await projects().get('default');
    const sent = await requestsOf(async () => {
      await expect(main.rename('other')).rejects.toThrow(InvalidInputError);
      await expect(main.delete()).rejects.toThrow("The project 'default' cannot be deleted");
      await expect(main.delete({ force: true })).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('are watched, each in itself', async () => {
    const name = uniqueName('project');
    const seen: string[] = [];
    for await (const change of projects().watch()) {
      if (change.type === 'synced') {
        const project = await projects().create(name);
        project.description = 'seen';
        await project.save();
        await project.rename(`${name}-b`);
        await project.delete();
      } else if (change.key.startsWith(name)) {
        seen.push(change.type);
        if (change.type === 'removed') break;
      }
    }
    expect(seen.at(-1)).toBe('removed');
  });

  describe('that are not there', () => {
    const missing = "the server has no project 'tslxd-no-such'";
    const lost = () => client().useProject('tslxd-no-such');

    it.each<[string, (of: Client) => Promise<unknown>]>([
      ['all()', (of) => of.instances.all()],
      ['all({ recursion: 2 })', (of) => of.instances.all({ recursion: 2 })],
      ['names()', (of) => of.containers.names()],
      ['iteration', (of) => of.virtualMachines[Symbol.asyncIterator]().next()],
      ['watch()', (of) => of.instances.watch()[Symbol.asyncIterator]().next()],
      ['client.snapshots', (of) => of.snapshots.all()],
      ['images', (of) => of.images.all()],
      ['networks', (of) => of.networks.all()],
      ['profiles', (of) => of.profiles.names()],
      ['volumes', (of) => of.storagePools.ref('default').volumes.all()],
      ['get()', (of) => of.instances.get('web')],
      ['find()', (of) => of.instances.find('web')],
      ['exists()', (of) => of.instances.exists('web')],
      ['state()', (of) => of.instances.ref('web').state()],
      ['a snapshot', (of) => of.snapshots.find('web/s1')],
      ['delete({ ifExists })', (of) => of.instances.ref('web').delete({ ifExists: true })],
      ['create()', (of) => of.instances.create({ name: 'web', source: none })],
    ])('are not taken for empty ones: %s', async (_, call) => {
      const error: unknown = await call(lost()).catch((reason: unknown) => reason);
      expect(error).toBeInstanceOf(NotFoundError);
      expect((error as Error).message).toContain(missing);
    });

    it('costs one request, once, where nothing is found, and none where something is', async () => {
      const project = await projects().create({ name: uniqueName('project'), defaultProfile: true });
      const own = fill(project);
      const question = `GET /1.0/projects/${project.name} 200`;
      expect(await requestsOf(() => Promise.all([own.instances.all(), own.instances.names()]))).toEqual(
        expect.arrayContaining([question]),
      );
      const later = await requestsOf(async () => {
        await fill(project).instances.all();
        await own.images.find('nothing');
        await own.instances.find('nothing');
        await own.instances.create({ name: 'one', source: none });
        await own.instances.all();
      });
      expect(later).not.toContain(question);
      await project.delete({ force: true });
      await expect(own.instances.all()).rejects.toThrow(`the server has no project '${project.key}'`);
    });
  });
}
