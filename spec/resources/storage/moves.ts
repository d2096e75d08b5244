import {
  AlreadyExistsError,
  InUseError,
  InvalidInputError,
  NotFoundError,
  StoragePool,
  StorageVolume,
  UnsupportedError,
  type Client,
  type Instance,
  type InstanceInput,
} from 'tslxd';
import { lifeOf, rejection, type Subject } from '../support.js';

/** A server with a pool of another kind, too. */
export interface MovesSubject extends Subject {
  /** Makes a project that has volumes of its own, or those of `default`. */
  makeProject(ownVolumes: boolean): Promise<string>;
  /** A container that can be started. */
  makeStartable(input: Partial<InstanceInput>): Promise<Instance>;
}

/** What holds of copies, moves and attached volumes on every server. */
export function tellOfMoves(subject: MovesSubject): void {
  describe('copies, moves, attached volumes', () => tell(subject));
}

function tell({ client, uniqueName, requestsOf, makeProject, makeStartable }: MovesSubject): void {
  let pool: StoragePool;
  let fast: StoragePool;
  let project: string;
  let names = 0;
  const next = () => `v${String(++names)}`;

  beforeAll(async () => {
    const { storagePools } = client();
    pool = await storagePools.create({ name: uniqueName('slow'), driver: 'dir' });
    const config = { size: '256MiB' };
    fast = await storagePools.create({ name: uniqueName('fast'), driver: 'btrfs', config });
    project = await makeProject(true);
  });
  afterAll(async () => {
    for (const one of [client(), client().useProject(project)]) {
      const all = await Promise.all([pool, fast].map(({ name }) => one.storagePools.ref(name).volumes.all()));
      for (const volume of all.flat().filter(({ type }) => type === 'custom')) await volume.delete();
    }
    await pool.delete();
    await fast.delete();
  });

  async function makeData(of: Client = client()): Promise<StorageVolume> {
    const data = await of.storagePools.ref(pool.name).volumes.create({
      name: next(),
      description: 'The data',
      config: { 'user.a': '1', 'user.b': '2', 'snapshots.expiry': '3d' },
    });
    const kept = await data.snapshots.create({ name: 'kept', expiresAt: null, description: 'one' });
    expect(kept.description).toBe('one');
    await data.snapshots.create({ name: 'later', expiresAt: new Date(2_000_000_000_000) });
    return data;
  }

  async function whole(volume: StorageVolume) {
    const { description, contentType, config } = await volume.fetch();
    const snapshots = (await volume.snapshots.all())
      .map((one) => [one.name, one.description, one.expiresAt?.toISOString()])
      .sort();
    return { description, contentType, config, snapshots };
  }

  it('a copy has all that the original has, in its pool, another pool, another project', async () => {
    const data = await makeData();
    const was = await whole(data);
    expect(was.snapshots).toHaveLength(2);
    const beside = await data.copy(next());
    const faster = await data.copy(next(), { pool: fast.name });
    const elsewhere = await data.copy(data.name, { project });
    expect([beside.pool, faster.pool, elsewhere.project]).toEqual([pool.name, fast.name, project]);
    for (const copy of [beside, faster, elsewhere]) expect(await whole(copy)).toEqual(was);
    expect(await whole(data)).toEqual(was);
    expect(await client().useProject(project).storagePools.ref(pool.name).volumes.names()).toContain(
      data.name,
    );
    // It is of that project from then on.
    elsewhere.description = 'Elsewhere';
    await elsewhere.save();
    expect((await data.fetch()).description).toBe('The data');
    const bare = await data.copy(next(), { volumeOnly: true });
    expect(await bare.snapshots.names()).toEqual([]);
    const old = await data.copy(next(), { snapshot: 'kept' });
    expect([old.description, old.config, await old.snapshots.names()]).toEqual(['one', was.config, []]);
    await elsewhere.delete();
  });

  it('what is said of a copy is over what the original has', async () => {
    const data = await makeData();
    const copy = await data.copy(next(), { description: '', config: { 'user.a': '', 'user.c': '3' } });
    expect([copy.description, copy.config]).toEqual([
      '',
      { 'user.b': '2', 'user.c': '3', 'snapshots.expiry': '3d' },
    ]);
    expect((await copy.fetch()).description).toBe('');
    const source = { type: 'copy', name: data.name, pool: pool.name } as const;
    const { volumes } = fast;
    const made = await volumes.create({ name: next(), source, config: { 'user.c': '3' } });
    expect([made.pool, made.description, made.config]).toEqual([
      fast.name,
      'The data',
      { ...data.config, 'user.c': '3' },
    ]);
    const key = next();
    const ensured = await volumes.ensure(key, { source, description: 'Ours' });
    expect([ensured.description, await ensured.snapshots.names()]).toEqual(['Ours', ['kept', 'later']]);
    expect(await requestsOf(() => volumes.ensure(key, { source, description: 'Ours' }))).toHaveLength(1);
    const dry = await volumes.ensure(next(), { source: { ...source, volumeOnly: true } }, { dryRun: true });
    expect(dry).toMatchObject({
      method: 'POST',
      body: { description: 'The data', source: { volume_only: true } },
    });
  });

  it('a copy that cannot be leaves all as it was', async () => {
    const data = await makeData();
    const was = await whole(data);
    const taken = await data.copy(next());
    await expect(data.copy(taken.name)).rejects.toThrow(AlreadyExistsError);
    await expect(data.copy(next(), { pool: 'nowhere' })).rejects.toThrow(NotFoundError);
    const none = await rejection(data.copy(next(), { snapshot: 'none' }), NotFoundError);
    expect(none.message).toContain(`'${data.name}' has no snapshot 'none'`);
    await expect(data.copy(next(), { config: { nonsense: '1' } })).rejects.toThrow(/nonsense/);
    // Between pools the servers leave out what they do not know.
    const lost = data.copy('lost', { pool: fast.name, config: { nonsense: '1' } });
    await expect(lost).rejects.toThrow(/takes no config 'nonsense'/);
    expect(await fast.volumes.exists('lost')).toBe(false);
    await expect(pool.volumes.ref('none').copy(next())).rejects.toThrow(NotFoundError);
    await expect(pool.volumes.ref('container/web').copy(next())).rejects.toThrow(UnsupportedError);
    const keys = [() => pool.volumes.get('strg/w'), () => client().storagePools.volumes.get('x/strg/w')];
    for (const get of keys) {
      const said = await requestsOf(() =>
        expect(get()).rejects.toThrow(/unknown type "strg"; it must be one of custom, container/),
      );
      expect(said).toEqual([]);
    }
    const wrong: [string, object][] = [
      ['', {}],
      ['a/b', {}],
      ['x', { pool: '' }],
      ['x', { config: { 'user.a': 1 } }],
      ['x', { description: 1 }],
      ['x', { nope: true }],
      ['x', { timeout: -1 }],
      ['x', { snapshot: '' }],
    ];
    const sent = await requestsOf(async () => {
      for (const [name, options] of wrong)
        await expect(data.copy(name, options)).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
    expect(await pool.volumes.names()).not.toContain('x');
    expect(await whole(data)).toEqual(was);
  });

  it('block volumes and ISO images stay what they are', async () => {
    const input = { contentType: 'block', config: { size: '5MiB', 'user.a': '1' } } as const;
    const block = await pool.volumes.create({ name: next(), ...input });
    const copy = await block.copy(next(), { pool: fast.name });
    // In bytes, and as blocks of the pool.
    expect([copy.contentType, copy.config]).toEqual(['block', { 'user.a': '1', size: '5242880' }]);
    await copy.move({ pool: pool.name, project });
    expect([copy.contentType, copy.project]).toEqual(['block', project]);
    if (!(await client().server.fetch()).has('custom_volume_iso')) return;
    const iso = await pool.volumes.import(Buffer.alloc(8192, 1), { name: next(), format: 'iso' });
    const other = await iso.copy(next(), { pool: fast.name });
    expect([other.contentType, other.config]).toEqual(['iso', iso.config]);
    await other.move({ pool: pool.name, name: next() });
    expect([other.contentType, other.pool]).toEqual(['iso', pool.name]);
  });

  it('a move takes all along, and the model follows', async () => {
    const data = await makeData();
    const was = await whole(data);
    const { name } = data;
    const to = next();
    expect(await data.move({ pool: fast.name, name: to })).toBe(data);
    expect([data.key, data.name, data.pool]).toEqual([to, to, fast.name]);
    expect(await whole(data)).toEqual(was);
    expect(await pool.volumes.exists(name)).toBe(false);
    await data.move({ project });
    expect([data.project, data.pool]).toEqual([project, fast.name]);
    expect(await whole(data)).toEqual(was);
    await data.move({ pool: pool.name, project: 'default', name });
    expect([data.key, data.pool, data.project]).toEqual([name, pool.name, 'default']);
    expect(await whole(data)).toEqual(was);
    data.description = 'Moved';
    await data.save();
    expect((await pool.volumes.get(name)).description).toBe('Moved');
  });

  it('a move that would lose something, or go nowhere, is refused before anything is sent', async () => {
    const data = await makeData();
    const was = await whole(data);
    const wrong = [{}, { name: 'other' }, { pool: '' }, { pool: pool.name, target: 'm' }, { nope: 1 }];
    const sent = await requestsOf(async () => {
      for (const options of wrong) await expect(data.move(options)).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
    await expect(data.move({ pool: pool.name })).rejects.toThrow(AlreadyExistsError);
    await expect(data.move({ pool: 'nowhere' })).rejects.toThrow(NotFoundError);
    await data.backups.create({ name: 'b' });
    const writes = await requestsOf(() =>
      expect(data.move({ pool: fast.name })).rejects.toThrow(/delete its backups \(b\)/),
    );
    expect(writes.filter((line) => !line.startsWith('GET'))).toEqual([]);
    expect(await whole(data)).toEqual(was);
    await data.backups.ref('b').delete();
  });

  it('is attached to an instance and detached from it', async () => {
    const data = await makeData();
    const other = await makeData();
    const root = { type: 'disk', path: '/', pool: pool.name };
    const web = await client().instances.create({
      name: uniqueName('web'),
      source: { type: 'none' },
      profiles: [],
      devices: { root },
    });
    const { name } = data;
    const attached = await data.attachTo(web.name, { path: '/srv/data' });
    expect(attached.devices).toEqual({
      root,
      [name]: { type: 'disk', pool: pool.name, source: name, path: '/srv/data' },
    });
    expect((await data.fetch()).usedBy).toEqual([`/1.0/instances/${web.name}`]);
    // Of a model, only the device: its own edits stay its own.
    web.description = 'Not saved';
    expect(await other.attachTo(web, { device: 'more', path: '/srv/more' })).toBe(web);
    expect([web.isDirty, Object.keys(web.devices).sort()]).toEqual([true, ['more', 'root', name].sort()]);
    expect((await client().instances.get(web.name)).description).toBe('');
    web.revert();

    await expect(other.attachTo(web, { device: 'more', path: '/x' })).rejects.toThrow(AlreadyExistsError);
    await expect(other.attachTo(web, { device: 'two' })).rejects.toThrow(/needs a path/);
    await expect(other.attachTo(web, { device: 'two', path: 'x' })).rejects.toThrow(/absolute path/);
    await expect(other.attachTo('none', { path: '/x' })).rejects.toThrow(NotFoundError);
    await expect(pool.volumes.ref('none').attachTo(web, { path: '/x' })).rejects.toThrow(NotFoundError);
    await expect(pool.volumes.ref('container/web').attachTo(web, { path: '/x' })).rejects.toThrow(
      UnsupportedError,
    );
    const block = await pool.volumes.create({ name: next(), contentType: 'block', config: { size: '5MiB' } });
    await expect(block.attachTo(web, { path: '/x' })).rejects.toThrow(/not mounted at a path/);
    await expect(data.move({ project })).rejects.toThrow(/is used by .*detach it first/);

    await other.attachTo(web, { device: 'two', path: '/srv/two' });
    await expect(other.detachFrom(web)).rejects.toThrow(/more, two: say which/);
    await other.detachFrom(web, { device: 'two' });
    expect(Object.keys((await other.detachFrom(web.name)).devices).sort()).toEqual(['root', name].sort());
    await expect(other.detachFrom(web)).rejects.toThrow(NotFoundError);
    await data.detachFrom(web);
    expect(web.devices).toEqual({ root });
    await web.delete();
  });

  it('devices of instances and profiles follow it to another name and pool', async () => {
    const data = await makeData();
    const devices = { root: { type: 'disk', path: '/', pool: pool.name } };
    const input = { name: uniqueName('web'), source: { type: 'none' }, devices } as const;
    const web = await client().instances.create({ ...input, profiles: [] });
    await data.attachTo(web, { device: 'data', path: '/srv/data' });
    const disk = { type: 'disk', pool: pool.name, source: data.name, path: '/srv/data' };
    const profile = await client().profiles.create({ name: uniqueName('with'), devices: { data: disk } });
    const users = [`/1.0/instances/${web.name}`, `/1.0/profiles/${profile.name}`];
    const [to, name] = [fast.name, next()];
    await data.move({ pool: to, name });
    const now = { ...disk, pool: to, source: name };
    expect((await web.fetch()).devices).toEqual({ ...devices, data: now });
    expect((await profile.fetch()).devices).toEqual({ data: now });
    expect([...(await data.fetch()).usedBy].sort()).toEqual(users);
    await web.delete();
    await profile.delete();
  });

  it('what a running instance has, by itself or by a profile, is not renamed, moved or restored', async () => {
    const data = await makeData();
    const taken = await data.copy(next());
    const root = { type: 'disk', path: '/', pool: pool.name };
    const disk = { type: 'disk', pool: pool.name, source: data.name, path: '/srv/data' };
    const profile = await client().profiles.create({ name: uniqueName('with'), devices: { data: disk } });
    const own = { profiles: [], devices: { root, data: disk } };
    for (const input of [own, { profiles: [profile.name], devices: { root } }]) {
      const web = await makeStartable(input);
      await web.start();
      const inUse = { constructor: InUseError, status: 500 };
      const says = /in use by running instances|used by running instances/;
      for (const work of [
        () => data.rename(next()),
        () => data.move({ pool: fast.name }),
        () => data.restore('kept'),
      ]) {
        const error = await work().catch((error: unknown) => error);
        expect(error).toMatchObject(inUse);
        expect((error as Error).message).toMatch(says);
      }
      await expect(data.rename(taken.name)).rejects.toThrow(AlreadyExistsError);
      expect(await whole(data)).toMatchObject({ description: 'The data' });
      await web.delete({ force: true });
    }
    await data.restore('kept');
    await profile.delete();
    await data.rename(next());
  });

  it('is attached only where it is seen', async () => {
    const own = await makeData(client().useProject(project));
    const devices = { root: { type: 'disk', path: '/', pool: pool.name } };
    const input = { name: uniqueName('web'), source: { type: 'none' }, profiles: [], devices } as const;
    const web = await client().instances.create({ ...input, profiles: [] });
    const wrong = expect(own.attachTo(web, { path: '/srv/own' })).rejects;
    await wrong.toThrow(/does not share the volumes of/);
    await web.delete();
    await own.delete();
  });

  it('a project that has no volumes of its own uses and copies those of default', async () => {
    const data = await makeData();
    const was = await whole(data);
    const shared = client().useProject(await makeProject(false));
    const { volumes } = shared.storagePools.ref(pool.name);
    const same = await volumes.get(data.name);
    expect(same.project).toBe('default');
    const copy = await same.copy(next());
    expect(copy.project).toBe('default');
    expect(await whole(copy)).toEqual(was);
    const made = await volumes.create({ name: next(), source: { type: 'copy', name: data.name } });
    expect(await whole(made)).toEqual(was);
    const devices = { root: { type: 'disk', path: '/', pool: pool.name } };
    const input = { name: uniqueName('web'), source: { type: 'none' }, devices } as const;
    const web = await shared.instances.create({ ...input, profiles: [] });
    for (const one of [data, same]) {
      await one.attachTo(web, { path: '/srv/data' });
      expect(web.devices[data.name]).toMatchObject({ source: data.name });
      await one.detachFrom(web);
    }
    await web.delete();
  });

  it('the volumes of all pools have keys with pool and type', async () => {
    const data = await makeData();
    const { volumes } = client().storagePools;
    const key = `${pool.name}/custom/${data.name}`;
    const made = await volumes.create(`${fast.name}/custom/${next()}`, { description: 'by its key' });
    expect(made.key).toBe(`${fast.name}/custom/${made.name}`);
    expect([made.pool, made.description]).toEqual([fast.name, 'by its key']);
    const names = await volumes.names();
    expect(names).toEqual(expect.arrayContaining([key, made.key]));
    expect(names.filter((one) => one.includes('kept'))).toEqual([]);
    const all = await volumes.all({ type: 'custom' });
    expect(all.map((one) => one.key)).toEqual(expect.arrayContaining([key, made.key]));
    const found = all.find((one) => one.key === key)!;
    expect([found.name, found.pool, found.description]).toEqual([data.name, pool.name, 'The data']);
    expect((await found.snapshots.names()).sort()).toEqual(['kept', 'later']);
    expect((await volumes.all({ filter: { name: data.name } })).map((one) => one.key)).toEqual([key]);
    for await (const one of volumes) expect(one.isFetched).toBe(true);
    const one = await volumes.get(key);
    one.description = 'Saved';
    await one.save();
    await one.rename(next());
    expect(one.key).toBe(`${pool.name}/custom/${one.name}`);
    const copy = await one.copy(next(), { pool: fast.name });
    expect([copy.key, copy.description]).toEqual([`${fast.name}/custom/${copy.name}`, 'Saved']);
    await copy.move({ pool: pool.name });
    expect(copy.key).toBe(`${pool.name}/custom/${copy.name}`);
    expect(await volumes.exists(copy.key)).toBe(true);
    expect(await volumes.find(`${fast.name}/custom/${copy.name}`)).toBeUndefined();
    expect(await requestsOf(() => volumes.ensure(copy.key, { description: 'Saved' }))).toHaveLength(1);
    for (const wrong of ['x', `${pool.name}/x`, `${pool.name}/custom/a/b`, `//`])
      await expect(volumes.get(wrong)).rejects.toThrow(/'pool\/type\/name'|form/);
    await expect(volumes.get(`nowhere/custom/${copy.name}`)).rejects.toThrow(NotFoundError);
  });

  it('the volumes of all pools are watched', async () => {
    const key = `${pool.name}/custom/${next()}`;
    const { volumes } = client().storagePools;
    const life = await lifeOf(volumes, key, {
      synced: () => volumes.create(key),
      added: (volume) => volume.delete(),
    });
    expect(life).toEqual(['added', 'removed']);
  });
}
