import { lifecycleOf } from './lifecycle.js';
import { describeFakes } from './support.js';

const dialect = (own: readonly string[]) => [
  ...own,
  'storage_and_network_operations',
  'storage_and_profile_operations',
];

describeFakes('declared kinds', (fake) => {
  const volumes = '/1.0/storage-pools/default/volumes/custom';

  it('are there as fixtures, whole and with defaults', async () => {
    const { server } = fake;
    expect(server.add('/1.0/network-acls', { name: 'web', config: { 'user.a': '1' } })).toBe('web');
    expect(await fake.read('/1.0/network-acls/web')).toMatchObject({
      ingress: [],
      config: { 'user.a': '1' },
    });
    server.addProject('lab');
    server.add(volumes, { name: 'data', project: 'lab' });
    server.add(`${volumes}/data/snapshots`, { name: 'first', project: 'lab' });
    expect(await fake.read(`${volumes}/data?project=lab`)).toMatchObject({ content_type: 'filesystem' });
    expect(await fake.read(`${volumes}/data/snapshots?project=lab`)).toEqual([
      `${volumes}/data/snapshots/first`,
    ]);
    expect(await fake.read(volumes)).toEqual([]);
    server.add('/1.0/network-zones', { name: 'lab.example' });
    const entries = [{ type: 'A', value: '10.0.0.1', ttl: 0 }];
    server.add('/1.0/network-zones/lab.example/records', { name: '@', entries });
    const record = await fake.read('/1.0/network-zones/lab.example/records/@');
    expect(record.entries).toEqual([{ type: 'A', value: '10.0.0.1' }]);
    server.add('/1.0/storage-pools', { name: 'fast', driver: 'zfs' });
    expect(await fake.read('/1.0/storage-pools/fast')).toMatchObject({ driver: 'zfs', status: 'Created' });
  });

  it('refuse fixtures that have no place', () => {
    const { server } = fake;
    expect(() => server.add('/1.0/storage-pools/nope/volumes/custom', { name: 'x' })).toThrow(
      'Storage pool not found',
    );
    expect(() => server.add('/1.0/nope' as '/1.0/network-acls', { name: 'x' })).toThrow(
      'the fake has no list /1.0/nope',
    );
    expect(() => server.add('/1.0/network-acls', { name: 'x', config: { a: 1 } as never })).toThrow(
      'cannot unmarshal number',
    );
  });

  it('take what hangs on them along when they are renamed, moved and deleted', async () => {
    const { server } = fake;
    server.addPool('fast');
    server.add(volumes, { name: 'a' });
    server.add(`${volumes}/a/snapshots`, { name: 's' });
    server.addInstance({
      name: 'web',
      devices: { data: { type: 'disk', pool: 'default', source: 'a', path: '/d' } },
    });
    expect((await fake.read(`${volumes}/a`)).used_by).toEqual(['/1.0/instances/web']);
    await fake.call('POST', `${volumes}/a`, { name: 'b' });
    expect(await fake.read(`${volumes}/b/snapshots/s`)).toMatchObject({ name: 's' });
    expect((await fake.read('/1.0/instances/web')).devices.data.source).toBe('b');
    expect(await fake.run('POST', `${volumes}/b`, { name: 'b', pool: 'fast' })).toMatchObject({
      status_code: 200,
    });
    const moved = '/1.0/storage-pools/fast/volumes/custom/b';
    expect(await fake.read(`${moved}/snapshots/s`)).toMatchObject({ name: 's' });
    expect((await fake.read('/1.0/instances/web')).devices.data.pool).toBe('fast');
    await fake.run('DELETE', '/1.0/instances/web');
    await fake.call('DELETE', moved);
    server.add('/1.0/storage-pools/fast/volumes/custom', { name: 'b' });
    expect(await fake.read(`${moved}/snapshots`)).toEqual([]);
  });

  it('have volumes of instances as long as these are there', async () => {
    fake.server.addInstance({ name: 'web', snapshots: ['one'] });
    const all = await fake.read('/1.0/storage-pools/default/volumes');
    const own = '/1.0/storage-pools/default/volumes/container/web';
    expect(all).toEqual([own, `${own}/snapshots/one`]);
    await fake.run('DELETE', '/1.0/instances/web');
    expect(await fake.read('/1.0/storage-pools/default/volumes')).toEqual([]);
  });

  it('are told of', async () => {
    const last = 'storage-volume-deleted /1.0/storage-pools/default/volumes/custom/default_…';
    const told = await lifecycleOf(fake.server.socketPath, 'data', last, async () => {
      await fake.call('POST', volumes, { name: 'data' });
      await fake.run('POST', `${volumes}/data/snapshots`, { name: 's' });
      await fake.call('PUT', `${volumes}/data`, { restore: 's' });
      await fake.call('DELETE', `${volumes}/data`);
    });
    const names = ['created', 'snapshot-created', 'restored', 'snapshot-deleted', 'deleted'];
    expect(told.map((line) => line.split(' ')[0])).toEqual(names.map((name) => `storage-volume-${name}`));
  });

  it('take an empty If-Match for an ETag that no thing has', async () => {
    fake.server.add('/1.0/network-acls', { name: 'web' });
    const answer = await fake.call('PUT', '/1.0/network-acls/web', {}, { 'If-Match': '""' });
    expect([answer.status, answer.body.error]).toEqual([412, expect.stringMatching(/ vs $/)]);
  });

  it('have projects whose rename is over before anybody can ask', async () => {
    fake.server.addProject('lab');
    expect((await fake.call('POST', '/1.0/projects/lab', { name: 'moved' })).status).toBe(202);
    expect(await fake.read('/1.0/projects/moved')).toMatchObject({ name: 'moved' });
  });

  it('have projects to be read', async () => {
    fake.server.addProject('lab');
    expect(await fake.read('/1.0/projects')).toEqual(['/1.0/projects/default', '/1.0/projects/lab']);
    const { config, used_by } = await fake.read('/1.0/projects/lab');
    expect(config).toMatchObject({ 'features.images': 'true', 'features.profiles': 'true' });
    expect(used_by).toEqual(['/1.0/profiles/default?project=lab']);
    expect((await fake.call('GET', '/1.0/projects/nope')).body.error).toBe('Project not found');
  });

  it('say of a path of the real servers that the fake has not got it', async () => {
    const unbuilt = await fake.call('GET', '/1.0/cluster/members/x');
    expect([unbuilt.status, unbuilt.body.error]).toEqual([
      404,
      'tslxd/testing has no GET /1.0/cluster/members/x',
    ]);
    const unwritten = await fake.call('PUT', '/1.0/cluster', { enabled: true });
    expect([unwritten.status, unwritten.body.error]).toEqual([501, 'tslxd/testing has no PUT /1.0/cluster']);
    const wrong = await fake.call('PUT', '/1.0/images/aliases', {}); // nor have the real ones
    expect([wrong.status, wrong.body.error]).toEqual([501, 'not implemented']);
    const unknown = await fake.call('GET', '/1.0/nope');
    expect([unknown.status, unknown.body.error]).toEqual([404, 'not found']);
  });
});

describeFakes(
  'declared kinds where writes are operations',
  (fake) => {
    it.each([
      [
        'POST',
        '/1.0/network-acls',
        { name: 'new' },
        'Creating network ACL',
        { entity_url: '/1.0/network-acls/new' },
      ],
      ['PUT', '/1.0/network-acls/web', {}, 'Updating network ACL', { entity_url: '/1.0/network-acls/web' }],
      [
        ...(['POST', '/1.0/network-acls/web', { name: 'b' }, 'Renaming network ACL'] as const),
        { entity_url: '/1.0/network-acls/b', original_entity_url: '/1.0/network-acls/web' },
      ],
      [
        'DELETE',
        '/1.0/storage-pools/fast',
        undefined,
        'Deleting storage pool',
        { entity_url: '/1.0/storage-pools/fast' },
      ],
    ] as const)(
      'say in the metadata of which thing they are: %s %s',
      async (method, path, body, description, metadata) => {
        fake.server.add('/1.0/network-acls', { name: 'web' });
        fake.server.addPool('fast');
        const answer = await fake.call(method, path, body);
        expect(answer.body.type).toBe(fake.server.product === 'lxd' ? 'async' : 'sync');
        if (fake.server.product === 'incus') return;
        expect([answer.status, answer.headers.location]).toEqual([202, answer.body.operation]);
        expect(answer.body.metadata).toMatchObject({ description, metadata });
        await fake.call('GET', `${answer.body.operation}/wait`);
        expect((await fake.call('GET', metadata.entity_url)).status).toBe(method === 'DELETE' ? 404 : 200);
      },
    );

    it('refuse names at once, and what is there already or wrong in the operation', async () => {
      if (fake.server.product === 'incus') return;
      fake.server.add('/1.0/network-acls', { name: 'web' });
      expect((await fake.call('POST', '/1.0/network-acls', { name: 'a/b' })).status).toBe(500);
      expect((await fake.call('PUT', '/1.0/network-acls/web', {}, { 'If-Match': 'x' })).status).toBe(412);
      const exists = await fake.run('POST', '/1.0/network-acls', { name: 'web' });
      expect(exists).toMatchObject({ status_code: 400, err: 'The network ACL already exists' });
      const wrong = await fake.run('PUT', '/1.0/network-acls/web', { config: { nope: '1' } });
      expect(wrong).toMatchObject({ status_code: 400, err: 'Invalid config option "nope"' });
    });
  },
  { extensions: dialect },
);
