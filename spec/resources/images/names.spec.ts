import { AlreadyExistsError, InvalidInputError, NotFoundError, OperationError } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';
import { smallImage } from '../../support/small-image.js';

describeFakes('the names of an image', (start) => {
  it('are given and taken away, and the model follows', async () => {
    const { server, client } = await start();
    const image = await client.images.get(server.addImage({ aliases: ['tiny'] }));
    expect(await image.addAlias('small/one', { description: 'a small one' })).toBe(image);
    expect(image.aliases.map(({ name }) => name).sort()).toEqual(['small/one', 'tiny']);
    expect((await client.images.aliases.get('small/one')).description).toBe('a small one');
    await image.removeAlias('tiny');
    expect(image.aliases.map(({ name }) => name)).toEqual(['small/one']);
  });

  it('can be given to a model that was not read, or known by the beginning of its fingerprint', async () => {
    const { server, client } = await start();
    const fingerprint = server.addImage();
    server.clearRequests();
    await client.images.ref(fingerprint).addAlias('whole');
    expect(sent(server)).toEqual(['POST /1.0/images/aliases']);
    await client.images.ref(fingerprint.slice(0, 12)).addAlias('beginning');
    const aliases = await client.images.aliases.all();
    expect(aliases.map(({ target }) => target)).toEqual([fingerprint, fingerprint]);
  });

  it('are not taken from another image', async () => {
    const { server, client } = await start();
    server.addImage({ aliases: ['tiny'], properties: { of: 'one' } });
    const other = client.images.ref(server.addImage({ properties: { of: 'another' } }));
    await expect(other.addAlias('tiny')).rejects.toThrow(AlreadyExistsError);
    expect((await rejection(other.removeAlias('tiny'), NotFoundError)).message).toMatch(
      /has no alias 'tiny'/,
    );
    await expect(other.removeAlias('no-such')).rejects.toThrow(NotFoundError);
    expect(await client.images.aliases.names()).toEqual(['tiny']);
  });

  it('are taken back, the new and the moved, if another cannot be given', async () => {
    const { server, client } = await start();
    const before = server.addImage({ aliases: ['moving'] });
    server.addInstance({ name: 'web' });
    server.failNext('PUT /1.0/images/aliases/stuck', { status: 500, error: 'no space' }, { times: 9 });
    server.addImage({ aliases: ['stuck'], properties: { of: 'another' } });
    const publishing = client.instances
      .ref('web')
      .publish({ aliases: ['fresh', 'moving', 'stuck'], moveAliases: true });
    await expect(publishing).rejects.toThrow(/no space/);
    expect((await client.images.aliases.names()).sort()).toEqual(['moving', 'stuck']);
    expect((await client.images.getByAlias('moving')).key).toBe(before);
    expect(await client.images.names()).toHaveLength(2);
  });

  it('are given to what nobody waits for, too', async () => {
    const { server, client } = await start();
    server.addInstance({ name: 'web' });
    await client.instances.ref('web').publish({ aliases: ['web'], wait: false });
    while (!(await client.images.aliases.exists('web'))) continue;
  });
});

describeFakes('an image that the server is to keep up to date', (start) => {
  it.each([
    ['uploaded', Buffer.from('an image')],
    ['of an instance', { instance: 'web' }],
    ['from a URL', { url: 'https://images.invalid/tiny' }],
    ['named by its fingerprint', { server: 'https://images.invalid', fingerprint: 'ab'.repeat(32) }],
  ])('is none that was %s, which no server would update', async (_what, source) => {
    const { server, client } = await start();
    const error = await rejection(client.images.create(source, { autoUpdate: true }), InvalidInputError);
    expect(error.message).toMatch(
      /autoUpdate is for an image that the server fetched from another by an alias/,
    );
    await expect(client.images.ensure('tiny', source, { autoUpdate: true })).rejects.toThrow(
      InvalidInputError,
    );
    expect(sent(server)).toEqual([]);
  });

  it('is one that it fetched by an alias', async () => {
    const { server: there } = await start({ https: true });
    const { client } = await start({ https: true });
    there.addImage({ aliases: ['tiny'], public: true });
    const { endpoint, serverCert: certificate } = there.endpoint;
    const source = { server: endpoint, certificate, alias: 'tiny' };
    const image = await client.images.create(source, { autoUpdate: true });
    expect(image.autoUpdate).toBe(true);
    expect((await client.images.get(image.key)).autoUpdate).toBe(true);
    const fixed = client.images.create(source, { autoUpdate: 'yes' as never });
    await expect(fixed).rejects.toThrow(/must be a boolean/);
  });
});

describeFakes('an image that is there already', (start) => {
  it('is named by its fingerprint, and the way to have it all the same', async () => {
    const { client } = await start();
    const data = smallImage();
    const { key } = await client.images.create(data);
    const error = await rejection(client.images.create(data), AlreadyExistsError);
    expect(error.message).toContain(key);
    expect(error.message).toMatch(/images\.ensure\(alias, …\)/);
    expect(error.code).toBe('ERR_LXD_ALREADY_EXISTS');
    expect(error).not.toBeInstanceOf(OperationError);
  });
});
