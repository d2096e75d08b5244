import { describeFakes } from './support.js';

describeFakes('profiles', (fake) => {
  const path = '/1.0/profiles/p';
  const root = { path: '/', pool: 'default', type: 'disk' };

  it('begin with the default one', async () => {
    const isLxd = fake.server.product === 'lxd';
    expect(await fake.read('/1.0/profiles?recursion=1')).toEqual([
      {
        ...{
          name: 'default',
          description: `Default ${isLxd ? 'LXD' : 'Incus'} profile`,
          config: {},
          used_by: [],
        },
        devices: { root },
        ...(!isLxd && { project: 'default' }),
      },
    ]);
    for (const [method, what] of [
      ['DELETE', 'deleted'],
      ['POST', 'renamed'],
    ] as const) {
      const answer = await fake.call(method, '/1.0/profiles/default', { name: 'x' });
      expect([answer.status, answer.body.error]).toEqual([403, `The "default" profile cannot be ${what}`]);
    }
  });

  it('are made, read, changed, renamed and deleted, all at once', async () => {
    const made = await fake.call('POST', '/1.0/profiles', { name: 'p', config: { 'user.a': '1' } });
    expect([made.status, made.headers.location, made.body.metadata]).toEqual([201, path, null]);
    await fake.call('PATCH', path, { config: { 'user.b': '2' }, devices: { d: { type: 'none' } } });
    expect(await fake.read(path)).toMatchObject({
      config: { 'user.a': '1', 'user.b': '2' },
      devices: { d: {} },
    });
    await fake.call('PATCH', path, { config: { 'user.a': null, 'user.b': '' }, description: 'mine' });
    expect(await fake.read(path)).toMatchObject({ config: {}, description: 'mine' });
    await fake.call('PUT', path, { config: { 'user.c': '3' } });
    expect(await fake.read(path)).toMatchObject({ config: { 'user.c': '3' }, devices: {}, description: '' });
    const moved = await fake.call('POST', path, { name: 'q' });
    expect([moved.status, moved.headers.location]).toEqual([201, '/1.0/profiles/q']);
    expect((await fake.call('DELETE', '/1.0/profiles/q')).body.metadata).toEqual({});
    expect((await fake.call('GET', '/1.0/profiles/q')).status).toBe(404);
  });

  it('have an ETag over all that can be written', async () => {
    fake.server.addProfile({ name: 'p' });
    const { headers } = await fake.call('GET', path);
    const match = { 'If-Match': headers.etag ?? '' };
    expect((await fake.call('PATCH', path, { description: 'x' }, match)).status).toBe(200);
    for (const method of ['PATCH', 'PUT']) {
      expect((await fake.call(method, path, {}, match)).status).toBe(412);
    }
    // As both servers have it for an empty profile.
    expect(headers.etag).toBe('"339fc707bb40bb6c4b5b392913fcf3007f29768e38eb27db991ea930345b97d0"');
  });

  it('know who uses them, follow a rename there, and stay while they are used', async () => {
    fake.server.addProfile({ name: 'p', config: { 'user.p': '1' } });
    fake.server.addInstance({ name: 'web', profiles: ['default', 'p'] });
    expect((await fake.read(path)).used_by).toEqual(['/1.0/instances/web']);
    await fake.call('POST', path, { name: 'q' });
    expect(await fake.read('/1.0/instances/web')).toMatchObject({
      profiles: ['default', 'q'],
      expanded_config: { 'user.p': '1' },
    });
    const used = await fake.call('DELETE', '/1.0/profiles/q');
    expect([used.status, used.body.error]).toEqual([500, 'Profile is currently in use']);
    const leaning = await fake.call('PUT', '/1.0/profiles/default', { devices: {} });
    expect([leaning.status, leaning.body.error]).toEqual([
      500,
      "At least one instance relies on this profile's root disk device",
    ]);
  });

  it.each([
    [{}, 400, 'No name provided'],
    [{ name: 'a/b' }, 400, 'Profile names may not contain slashes'],
    [{ name: 'default' }, 500, 'Error inserting "default" into database: The profile already exists'],
    [{ name: 'x', config: { nope: '1' } }, 400, 'Unknown configuration key: nope'],
    [{ name: 'x', config: { 'volatile.uuid': '1' } }, 400, 'Volatile keys can only be set on instances'],
    [
      { name: 'x', devices: { d: { type: 'what' } } },
      400,
      'Device validation failed for "d": Failed loading device "d": Unsupported device type',
    ],
  ])('are refused: %j', async (body, status, error) => {
    const answer = await fake.call('POST', '/1.0/profiles', body);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
  });

  it('belong to a project', async () => {
    fake.server.addProject('lab');
    await fake.call('POST', '/1.0/profiles?project=lab', { name: 'p' });
    expect((await fake.call('GET', path)).status).toBe(404);
    expect(await fake.read('/1.0/profiles?project=lab')).toContain('/1.0/profiles/p?project=lab');
    const unknown = await fake.call('GET', '/1.0/profiles?project=no');
    expect([unknown.status, unknown.body.error]).toEqual([
      404,
      'Failed loading project "no": Project not found',
    ]);
  });
});
