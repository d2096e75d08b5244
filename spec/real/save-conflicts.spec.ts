import { setTimeout as delay } from 'node:timers/promises';
import { SaveConflictError, type Instance } from 'tslxd';
import { makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

interface Whole {
  status: string;
  description: string;
  profiles: string[];
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
}

describeReal('two scripts that save the same thing', (server) => {
  const mine = useClient(server);
  const theirs = useClient(server);
  const read = ({ key }: Instance) => server.read<Whole>(`/1.0/instances/${key}`);

  /** The same instance, read by both before either writes. */
  async function readByBoth(config: Record<string, string> = {}): Promise<[Instance, Instance]> {
    const made = await makeEmpty(server, mine.client, { config });
    return [await mine.client.instances.get(made.name), await theirs.client.instances.get(made.name)];
  }

  it('both keep their keys, devices and profiles', async () => {
    const profile = await mine.client.profiles.create({ name: server.uniqueName('profile') });
    const [a, b] = await readByBoth({ 'user.old': 'x' });
    b.config['user.b'] = 'b';
    b.devices.b = { type: 'none' };
    b.profiles.push(profile.name);
    await b.save();
    a.config['user.a'] = 'a';
    a.devices.a = { type: 'none' };
    delete a.config['user.old'];
    const sent = await mine.requestsOf(() => a.save());
    const path = `/1.0/instances/${a.name}`;
    // A reading of more than 50 ms ago is read anew first, and then the server has nothing to refuse.
    const refused = sent[0] === `PATCH ${path} 412` ? sent.slice(1) : sent;
    expect(refused.slice(0, 2)).toEqual([`GET ${path} 200`, `PATCH ${path} 200`]);
    // LXD's check lets some through on a busy machine: who met another writer looks whether the write has stayed.
    expect(new Set(refused.slice(2))).toEqual(new Set(refused.length > 2 ? [`GET ${path} 200`] : []));
    const after = await read(a);
    expect(after.config).toMatchObject({ 'user.a': 'a', 'user.b': 'b' });
    expect(after.config).not.toHaveProperty(['user.old']);
    expect(Object.keys(after.devices).sort()).toEqual(['a', 'b']);
    expect(after.profiles).toEqual(['default', profile.name]);
    expect(a.config['user.b']).toBe('b');
  });

  it('one writes the whole object, to remove a device, and loses nothing of the other', async () => {
    const [a, b] = await readByBoth({ 'user.x': '1' });
    a.devices.gone = { type: 'none' };
    await a.save();
    await b.fetch();
    await a.fetch();
    b.config['user.b'] = 'b';
    b.devices.b = { type: 'none' };
    await b.save();
    delete a.devices.gone;
    a.config['user.a'] = 'a';
    const sent = await mine.requestsOf(() => a.save());
    expect(sent.map((line) => line.slice(0, 3))).toEqual(expect.arrayContaining(['PUT', 'GET']));
    const after = await read(a);
    expect(after.devices).toEqual({ b: { type: 'none' } });
    expect(after.config).toMatchObject({ 'user.a': 'a', 'user.b': 'b', 'user.x': '1' });
  });

  it('a key changed to two values is a conflict, and nothing is written', async () => {
    const [a, b] = await readByBoth({ 'user.x': 'old' });
    b.config['user.x'] = 'theirs';
    await b.save();
    a.config['user.x'] = 'mine';
    a.config['user.other'] = 'mine too';
    const before = await read(a);
    const error: unknown = await a.save().catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(SaveConflictError);
    expect((error as SaveConflictError).conflicts).toEqual([
      { path: ['config', 'user.x'], base: 'old', mine: 'mine', theirs: 'theirs' },
    ]);
    expect(await read(a)).toEqual(before);
    expect(a.changes()).toEqual([
      { path: ['config', 'user.x'], from: 'theirs', to: 'mine' },
      { path: ['config', 'user.other'], from: undefined, to: 'mine too' },
    ]);
    await a.save({ onConflict: 'mine' });
    expect((await read(a)).config).toMatchObject({ 'user.x': 'mine', 'user.other': 'mine too' });
  });

  it('the same value is no conflict, and needs no second write', async () => {
    const [a, b] = await readByBoth();
    b.config['user.x'] = 'same';
    await b.save();
    a.config['user.x'] = 'same';
    const sent = await mine.requestsOf(() => a.save());
    expect(sent.filter((line) => line.startsWith('PATCH') && line.endsWith(' 200'))).toEqual([]);
    expect(a.isDirty).toBe(false);
  });

  it('a start and a stop in between never conflict', async () => {
    const made = await makeBusybox(server, theirs.client);
    const a = await mine.client.instances.get(made.name);
    a.config['user.stopped'] = '1';
    await made.start();
    await a.save();
    const running = await read(a);
    expect(running).toMatchObject({ status: 'Running', config: { 'user.stopped': '1' } });
    a.config['user.running'] = '1';
    await made.stop({ force: true });
    await a.save();
    expect(await read(a)).toMatchObject({
      status: 'Stopped',
      config: { 'user.stopped': '1', 'user.running': '1' },
    });
    await made.start(); // with everything volatile as it should be
    await made.delete({ force: true });
  });

  it('the description, which no ETag covers, is compared before it is written', async () => {
    const [a, b] = await readByBoth();
    b.description = 'theirs';
    await b.save();
    a.description = 'mine';
    await expect(a.save()).rejects.toThrow(SaveConflictError);
    expect((await read(a)).description).toBe('theirs');
    a.revert();

    b.description = 'theirs again';
    await b.save();
    await delay(1100); // what is younger counts as just read
    a.config['user.a'] = '1';
    await a.save();
    expect(await read(a)).toMatchObject({ description: 'theirs again', config: { 'user.a': '1' } });
  });

  it('send no more than they must', async () => {
    const { client, requestsOf } = mine;
    const { name } = await makeEmpty(server, client);
    const path = `/1.0/instances/${name}`;
    const edit = async (instance: Instance) => {
      instance.config['user.count'] = String(Number(instance.config['user.count'] ?? 0) + 1);
      await instance.save();
    };
    const got = await requestsOf(async () => edit(await client.instances.get(name)));
    expect(got).toEqual([`GET ${path} 200`, `PATCH ${path} 200`]);
    const listed = await requestsOf(async () => {
      const [instance] = await client.instances.all({ filter: { name } });
      if (instance) await edit(instance);
    });
    expect(listed).toEqual(['GET /1.0/instances 200', `GET ${path} 200`, `PATCH ${path} 200`]);
    const instance = await client.instances.get(name);
    const clean = await requestsOf(async () => {
      instance.config['user.count'] = '7';
      instance.config['user.count'] = '2';
      await instance.save();
    });
    expect(clean).toEqual([]);
    expect((await read(instance)).config['user.count']).toBe('2');
  });

  it('both keep their edits of a profile, an image and a snapshot', async () => {
    const name = server.uniqueName('shared');
    await mine.client.profiles.create({ name, config: { 'user.x': '1' } });
    const instance = await makeBusybox(server, mine.client);
    await instance.snapshots.create('first');
    const { fingerprint } = await instance.publish({ properties: { made: name } });
    const both = async <T>(get: (client: typeof mine.client) => Promise<T>) =>
      [await get(mine.client), await get(theirs.client)] as const;

    const [profile, otherProfile] = await both((client) => client.profiles.get(name));
    otherProfile.config['user.b'] = 'b';
    await otherProfile.save();
    profile.config['user.a'] = 'a';
    profile.description = 'mine';
    await profile.save();
    expect(await server.read(`/1.0/profiles/${name}`)).toMatchObject({
      description: 'mine',
      config: { 'user.x': '1', 'user.a': 'a', 'user.b': 'b' },
    });

    const [image, otherImage] = await both((client) => client.images.get(fingerprint));
    otherImage.properties.b = 'b';
    otherImage.expiresAt = new Date('2040-01-01T00:00:00Z');
    await otherImage.save();
    image.properties.a = 'a';
    image.public = true;
    await image.save();
    expect(await server.read(`/1.0/images/${fingerprint}`)).toMatchObject({
      public: true,
      expires_at: '2040-01-01T00:00:00Z',
      properties: { made: name, a: 'a', b: 'b' },
    });

    const [snapshot, otherSnapshot] = await both((client) => client.snapshots.get(`${instance.name}/first`));
    otherSnapshot.expiresAt = new Date('2040-01-01T00:00:00Z');
    await otherSnapshot.save();
    snapshot.expiresAt = new Date('2041-01-01T00:00:00Z');
    await expect(snapshot.save()).rejects.toThrow(SaveConflictError);
    expect((await otherSnapshot.fetch()).expiresAt).toEqual(new Date('2040-01-01T00:00:00Z'));
    await snapshot.save({ onConflict: 'mine' });
    expect((await otherSnapshot.fetch()).expiresAt).toEqual(new Date('2041-01-01T00:00:00Z'));
  });
});
