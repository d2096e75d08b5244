import { createHash } from 'node:crypto';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import { AlreadyExistsError, type Image, InvalidInputError, NotFoundError, UnsupportedError } from 'tslxd';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

const sha256 = (bytes: Buffer) => createHash('sha256').update(bytes).digest('hex');

describeReal('aliases of images', (server) => {
  const { client, requestsOf } = useClient(server);
  const { aliases } = client.images;
  let one: Image;
  let two: Image;

  beforeAll(async () => {
    const upload = async () =>
      client.images.create(await buildTinyImage({ salt: server.uniqueName('salt') }), {
        properties: { owner: server.uniqueName('owner') },
      });
    [one, two] = [await upload(), await upload()];
  });

  it('are made, found, described, retargeted, renamed and deleted, with slashes and other letters', async () => {
    for (const label of ['plain', 'with/two/slashes', 'spaces and ü? #1', 'a%2Fb+c&d=e']) {
      const name = `${server.uniqueName('alias')}/${label}`;
      const alias = await aliases.create({ name, target: one, description: 'first' });
      expect([alias.name, alias.target, alias.description, alias.type]).toEqual([
        name,
        one.fingerprint,
        'first',
        'container',
      ]);
      expect(await aliases.exists(name)).toBe(true);
      expect(await aliases.names()).toContain(name);
      expect((await aliases.all()).map(({ key }) => key)).toContain(name);
      expect((await client.images.getByAlias(name)).fingerprint).toBe(one.fingerprint);

      alias.description = 'other';
      alias.target = two.fingerprint;
      await alias.save();
      expect(await aliases.get(name)).toMatchObject({ description: 'other', target: two.fingerprint });

      await alias.rename(`${name}-new`);
      expect([alias.key, alias.name]).toEqual([`${name}-new`, `${name}-new`]);
      expect(await aliases.exists(name)).toBe(false);
      expect(await aliases.get(alias.key)).toMatchObject({ description: 'other', target: two.fingerprint });

      await alias.delete();
      await expect(aliases.get(alias.key)).rejects.toThrow(NotFoundError);
    }
  });

  it('neither a rename nor a creation takes a name in use', async () => {
    const [a, b] = [server.uniqueName('a'), server.uniqueName('b')];
    const [first] = await aliases.createAll([
      { name: a, target: one },
      { name: b, target: two.fingerprint },
    ]);
    await expect(aliases.create({ name: a, target: two })).rejects.toThrow(AlreadyExistsError);
    await expect(first!.rename(b)).rejects.toThrow(AlreadyExistsError);
    expect([(await aliases.get(a)).target, (await aliases.get(b)).target]).toEqual([one.key, two.key]);
    const names = [server.uniqueName('new'), a];
    const many = aliases.createAll(names.map((name) => ({ name, target: one })));
    await expect(many).rejects.toThrow(AlreadyExistsError);
    expect(await aliases.exists(names[0]!)).toBe(false);
    await expect(aliases.create({ name: names[0]!, target: 'f'.repeat(64) })).rejects.toThrow(NotFoundError);
    for (const name of [a, b]) await aliases.ref(name).delete();
  });

  it('ensure() moves one without a moment in which there is none', async () => {
    const name = server.uniqueName('moving/one');
    await aliases.ensure(name, { target: one, description: 'kept' });
    let moving = true;
    const seen = new Set<string>();
    const looking = (async () => {
      while (moving) seen.add((await aliases.get(name)).target);
    })();
    for (let round = 0; round < 10; round++)
      await aliases.ensure(name, { target: round % 2 === 0 ? two : one });
    moving = false;
    await looking; // a moment without would be a NotFoundError
    expect([...seen].every((target) => [one.key, two.key].includes(target))).toBe(true);
    expect(await aliases.get(name)).toMatchObject({ target: one.key, description: 'kept' });
    const sent = await requestsOf(() => aliases.ensure(name, { target: one }));
    expect(sent).toHaveLength(1); // there is nothing to change
    await aliases.update(name, { description: '' });
    expect((await aliases.get(name)).description).toBe('');
    await aliases.ref(name).delete();
  });

  it('refuses what has no sense before anything is sent', async () => {
    const sent = await requestsOf(async () => {
      for (const input of [
        {},
        { name: 'a' },
        { name: '', target: one },
        { name: 'a', target: '' },
        { name: 'a', target: 7 },
        { name: 'a', target: one, description: 1 },
        undefined,
      ])
        await expect(aliases.create(input as never)).rejects.toThrow(InvalidInputError);
      await expect(aliases.update('a', {})).rejects.toThrow(InvalidInputError);
      await expect(aliases.createAll([{ name: 'a', target: one }, { name: 'b' } as never])).rejects.toThrow(
        InvalidInputError,
      );
      await expect(aliases.ref('a').rename('')).rejects.toThrow(InvalidInputError);
      await expect(aliases.get('')).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
    await expect(aliases.all({ filter: 'name eq x' })).rejects.toThrow(UnsupportedError);
  });

  it('an upload names itself: not one of the names is in use, or they move', async () => {
    const [fresh, taken] = [server.uniqueName('fresh'), server.uniqueName('taken')];
    await aliases.create({ name: taken, target: one, description: 'mine' });
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const sent = await requestsOf(async () => {
      await expect(client.images.create(bytes, { aliases: [fresh, taken] })).rejects.toThrow(
        AlreadyExistsError,
      );
    });
    expect(sent.filter((line) => line.startsWith('POST'))).toEqual([]);
    const image = await client.images.create(bytes, { aliases: [fresh, taken], moveAliases: true });
    expect(image.aliases.map(({ name }) => name).sort()).toEqual([fresh, taken]);
    expect((await aliases.get(taken)).description).toBe('mine');
    await image.delete();
    expect(await aliases.exists(taken)).toBe(false); // an image's aliases go with it
  });

  it('what cannot be finished is taken back: the image goes, a moved alias returns', async () => {
    const [moved, fresh] = [server.uniqueName('moved'), server.uniqueName('fresh')];
    await aliases.create({ name: moved, target: one });
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const failing = client.images.create(bytes, {
      aliases: [fresh, moved],
      moveAliases: true,
      profiles: ['no-such-profile'],
    });
    await expect(failing).rejects.toThrow(/no-such-profile/);
    expect(await client.images.exists(sha256(bytes))).toBe(false);
    expect((await aliases.get(moved)).target).toBe(one.key);
    expect(await aliases.exists(fresh)).toBe(false);
    await aliases.ref(moved).delete();
  });

  it('images.ensure() makes one, or brings the one that is there to the wanted state', async () => {
    const name = server.uniqueName('ensured');
    const bytes = await buildTinyImage({ salt: server.uniqueName('salt') });
    const made = await client.images.ensure(name, bytes, { properties: { a: '1' } });
    expect(made.properties.a).toBe('1');
    const again = await client.images.ensure(name, bytes, { properties: { b: '2' }, public: true });
    expect([again.key, again.properties.a, again.properties.b, again.public]).toEqual([
      made.key,
      '1',
      '2',
      true,
    ]);
    const sent = await requestsOf(() => client.images.ensure(name, '/not/there/and/not/needed'));
    expect(sent.every((line) => line.startsWith('GET'))).toBe(true);
    // The alias is gone, the image is not: it gets its name back.
    await aliases.ref(name).delete();
    expect((await client.images.ensure(name, bytes)).key).toBe(made.key);
    // The name means another image than the wanted one.
    const other = await buildTinyImage({ salt: server.uniqueName('salt') });
    const newer = await client.images.ensure(name, other, { fingerprint: sha256(other) });
    expect((await client.images.getByAlias(name)).key).toBe(newer.key);
    await made.delete();
    await newer.delete();
  });
});
