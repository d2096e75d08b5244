import { describeFakes } from './support.js';

describeFakes('snapshots', (fake) => {
  const web = '/1.0/instances/web';
  const path = `${web}/snapshots`;
  const never = '0001-01-01T00:00:00Z';

  beforeEach(() => {
    fake.server.addInstance({ name: 'web', config: { 'user.a': '1' }, description: 'mine' });
  });

  it('are taken, named by the server if need be, listed and read', async () => {
    for (const body of [{}, { name: '' }, { name: 'mine', expires_at: '2030-01-02T03:04:05Z' }]) {
      expect((await fake.run('POST', path, body)).err).toBe('');
    }
    expect(await fake.read(path)).toEqual([`${path}/snap0`, `${path}/snap1`, `${path}/mine`]);
    const [first, , mine] = await fake.read(`${path}?recursion=1`);
    expect(first).toMatchObject({ name: 'snap0', expires_at: never, stateful: false, size: -1 });
    expect(first.config['user.a']).toBe('1');
    expect(mine.expires_at).toBe('2030-01-02T03:04:05Z');
    expect(await fake.read(`${path}/mine`)).toEqual(mine);
    expect((await fake.read(`${web}?recursion=1`)).snapshots).toHaveLength(3);
  });

  it('follow the pattern and the expiry of their instance', async () => {
    await fake.call('PATCH', web, { config: { 'snapshots.pattern': 'day%d', 'snapshots.expiry': '2d' } });
    await fake.run('POST', path, {});
    const [snapshot] = await fake.read(`${path}?recursion=1`);
    const hours = (Date.parse(snapshot.expires_at) - Date.now()) / 3_600_000;
    expect([snapshot.name, Math.round(hours)]).toEqual(['day0', 48]);
  });

  it('have an ETag of their expiry, which is all that can be written: null leaves it, the beginning of time clears it', async () => {
    await fake.run('POST', path, { name: 's' });
    const before = (await fake.call('GET', `${path}/s`)).headers.etag ?? '';
    const later = { expires_at: '2031-01-01T00:00:00Z' };
    expect((await fake.run('PUT', `${path}/s`, later, { 'If-Match': before })).status_code).toBe(200);
    for (const method of ['PUT', 'PATCH']) {
      expect((await fake.call(method, `${path}/s`, later, { 'If-Match': before })).status).toBe(412);
      await fake.run(method, `${path}/s`, { expires_at: null });
      expect((await fake.read(`${path}/s`)).expires_at).toBe(later.expires_at);
      await fake.run(method, `${path}/s`, { expires_at: never });
      expect((await fake.read(`${path}/s`)).expires_at).toBe(never);
      await fake.run(method, `${path}/s`, later);
    }
    const wrong = await fake.call('PUT', `${path}/s`, { expires_at: 'soon' });
    expect([wrong.status, wrong.body.error]).toEqual([400, expect.stringMatching(/^parsing time .*soon/)]);
    expect((await fake.call('PUT', `${path}/s`, '{bad')).status).toBe(500);
  });

  it('are renamed and deleted', async () => {
    await fake.run('POST', path, { name: 'a' });
    await fake.run('POST', path, { name: 'b' });
    const taken = await fake.call('POST', `${path}/a`, { name: 'b' });
    expect([taken.status, taken.body.error]).toEqual([409, "Name 'web/b' already in use"]);
    await fake.run('POST', `${path}/a`, { name: 'c' });
    await fake.run('DELETE', `${path}/b`);
    expect(await fake.read(path)).toEqual([`${path}/c`]);
    const gone = await fake.call('DELETE', `${path}/b`);
    expect([gone.status, gone.body.error]).toEqual([
      404,
      expect.stringMatching(/^Failed to fetch snapshot "b"/),
    ]);
  });

  it('are given back by a PUT of the instance, which runs again if it ran', async () => {
    await fake.run('POST', path, { name: 's' });
    await fake.call('PATCH', web, { config: { 'user.a': '2', 'user.b': '2' }, description: 'mine' });
    await fake.run('PUT', `${web}/state`, { action: 'start' });
    expect((await fake.run('PUT', web, { restore: 's' })).err).toBe('');
    const { config, status, description } = await fake.read(web);
    expect([config['user.a'], config['user.b'], status, description]).toEqual([
      '1',
      undefined,
      'Running',
      '',
    ]);
    expect((await fake.run('PUT', web, { restore: 'no' })).err).toBe('Snapshot web/no does not exist');
  });

  it('refuse names and states that do not fit', async () => {
    expect((await fake.call('POST', path, { name: 'a/b' })).body.error).toBe(
      'Invalid snapshot name: Cannot contain "/"',
    );
    expect((await fake.run('POST', path, { name: 'a b' })).err).toMatch(
      /Cannot contain space or \/ characters$/,
    );
    await fake.run('POST', path, { name: 'a' });
    expect((await fake.run('POST', path, { name: 'a' })).err).toMatch(
      /^Failed creating instance snapshot record "a"/,
    );
    expect((await fake.run('POST', path, { name: 'b', stateful: true })).status_code).toBe(400);
  });

  it('of an instance that is not there: LXD says so, Incus has none', async () => {
    const list = await fake.call('GET', '/1.0/instances/no/snapshots');
    expect(list.status).toBe(fake.server.product === 'lxd' ? 404 : 200);
    expect((await fake.call('GET', '/1.0/instances/no/snapshots/s')).status).toBe(404);
  });
});
