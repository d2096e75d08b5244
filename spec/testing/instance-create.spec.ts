import { describeFakes } from './support.js';

describeFakes('creating instances', (fake) => {
  const isLxd = (): boolean => fake.server.product === 'lxd';
  const none = { type: 'none' };

  it('are made by an operation, which writes keys of its own into the config', async () => {
    const body = {
      name: 'web',
      source: none,
      config: { 'user.a': '1', 'user.empty': '' },
      description: 'mine',
    };
    const answer = await fake.call('POST', '/1.0/instances', body);
    expect([answer.status, answer.body.type, answer.body.operation]).toEqual([
      202,
      'async',
      answer.headers.location,
    ]);
    expect(answer.body.metadata).toMatchObject({
      status: 'Running',
      status_code: 103,
      class: 'task',
      err: '',
    });
    await fake.call('GET', `${answer.body.operation}/wait`);
    const web = await fake.read('/1.0/instances/web');
    expect(web).toMatchObject({
      ...{ name: 'web', type: 'container', status: 'Stopped', status_code: 102, description: 'mine' },
      ...{ profiles: ['default'], devices: {}, ephemeral: false, stateful: false, project: 'default' },
      expanded_devices: { root: { path: '/', pool: 'default', type: 'disk' } },
      config: { 'user.a': '1', 'volatile.apply_template': 'create', 'volatile.uuid': expect.any(String) },
    });
    expect(web.created_at).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}Z$/);
    expect(Object.keys(web.config)).not.toContain('user.empty');
    expect('volatile.uuid.generation' in web.config).toBe(!isLxd());
  });

  it('get a name where none is given', async () => {
    const { body } = await fake.call('POST', '/1.0/instances', { source: none });
    const [path] = body.metadata.resources.instances as [string];
    expect(path).toMatch(/^\/1\.0\/instances\/[a-z]+-[a-z]+$/);
  });

  it('fail at the end of the operation when the name is taken', async () => {
    fake.server.addInstance({ name: 'web' });
    const { status_code: code, err } = await fake.run('POST', '/1.0/instances', {
      name: 'web',
      source: none,
    });
    expect([code, err]).toEqual([400, expect.stringMatching(/already exists$|UNIQUE constraint failed/)]);
  });

  it('need an image that exists: LXD looks first, Incus later', async () => {
    const body = { name: 'web', source: { type: 'image', alias: 'nope' } };
    const answer = await fake.call('POST', '/1.0/instances', body);
    if (isLxd()) {
      expect([answer.status, answer.body.error]).toEqual([404, 'Image alias not found']);
    } else {
      expect(answer.status).toBe(202);
      expect((await fake.run('POST', '/1.0/instances', body)).err).toBe(
        'Image not provided for instance creation',
      );
    }
  });

  it('are copies that are refreshed: their files and snapshots, not their name', async () => {
    fake.server.addInstance({ name: 'web', snapshots: ['old'], files: { '/srv/note': 'first' } });
    const { instances } = fake.server.client();
    const web = await instances.get('web');
    const copy = await web.copy('copy');
    await copy.snapshots.create({ name: 'own' });
    await web.files.writeFile('/srv/note', 'second');
    await web.snapshots.create({ name: 'new' });
    await web.copy('copy', { refresh: true });
    expect(await copy.files.readFile('/srv/note', 'utf8')).toBe('second');
    expect((await copy.snapshots.names()).sort()).toEqual(['new', 'old']);
    expect(await instances.names()).toEqual(['copy', 'web']);
  });

  it('take from their image what it knows', async () => {
    const fingerprint = fake.server.addImage({ aliases: ['tools/one'], properties: { os: 'busybox' } });
    const source = { type: 'image', alias: 'tools/one' };
    const end = await fake.run('POST', '/1.0/instances', { name: 'web', source, start: true });
    expect(end.metadata).toHaveProperty('create_instance_from_image_unpack_progress');
    const web = await fake.read('/1.0/instances/web');
    expect(web.config).toMatchObject({ 'image.os': 'busybox', 'volatile.base_image': fingerprint });
    expect(web.status).toBe(isLxd() ? 'Stopped' : 'Running');
  });

  it.each([
    [
      { name: 'a_b', source: none },
      400,
      'Invalid instance name: Name can only contain alphanumeric and hyphen characters',
    ],
    [{ name: 'a/b', source: none }, 400, 'The character "/" is reserved for snapshots'],
    [{ name: 'web' }, 400, 'Unknown source type '],
    [{ name: 'web', type: 'jail', source: none }, 400, 'Invalid instance type'],
    [{ name: 'web', source: none, profiles: ['no'] }, 500, 'Requested profile "no" doesn\'t exist'],
    [
      { name: 'web', source: none, config: { a: 1 } },
      400,
      /^json: cannot unmarshal number into Go struct field/,
    ],
    [{ name: 'web', source: { type: 'copy', source: 'no' } }, 404, /^Failed to fetch instance "no"/],
  ])('are refused at once: %j', async (body, status, error) => {
    const answer = await fake.call('POST', '/1.0/instances', body);
    expect([answer.status, answer.body.error]).toEqual([status, expect.stringMatching(error)]);
  });

  it.each([
    [{ config: { nope: '1' } }, 'Failed creating instance record: Unknown configuration key: nope'],
    [{ config: { 'limits.cpu': 'all' } }, 'Failed creating instance record: Invalid CPU limit syntax'],
    [{ profiles: [] }, /No root device could be found$/],
    [{ devices: { x: { type: 'what' } } }, /^Failed creating instance record: Invalid device type "?what"?$/],
  ])('are refused by the operation: %j', async (body, error) => {
    const end = await fake.run('POST', '/1.0/instances', { name: 'web', source: none, ...body });
    expect([end.status_code, end.err]).toEqual([400, expect.stringMatching(error)]);
  });
});
