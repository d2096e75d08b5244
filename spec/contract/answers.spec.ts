import { describeContract } from './subject.js';

// Which answers are there at once and which are operations, and what each malformed request gets.
describeContract('answers', (subject) => {
  const said = async (method: string, path: string, body?: unknown) => {
    const answer = await subject.call(method, path, body);
    const { operation } = answer.body;
    if (operation) await subject.call('GET', `${operation}/wait`);
    return [answer.status, answer.body.type];
  };
  const sync = [200, 'sync'];
  const created = [201, 'sync'];
  const accepted = [202, 'async'];
  const refused = (status: number) => [status, 'error'];

  it('to writes of an instance', async () => {
    const name = subject.name('one');
    const path = `/1.0/instances/${name}`;
    expect(await said('POST', '/1.0/instances', { name, source: { type: 'none' } })).toEqual(accepted);
    expect(await said('GET', path)).toEqual(sync);
    expect(await said('GET', `${path}/state`)).toEqual(sync);
    expect(await said('PATCH', path, { config: { 'user.a': '1' } })).toEqual(sync);
    expect(await said('PUT', path, { profiles: ['default'] })).toEqual(accepted);
    expect(await said('PUT', `${path}/state`, { action: 'stop' })).toEqual(
      subject.pick({ lxd: accepted, incus: accepted }),
    );
    expect(await said('POST', `${path}/snapshots`, { name: 's' })).toEqual(accepted);
    expect(await said('PATCH', `${path}/snapshots/s`, { expires_at: '2040-01-01T00:00:00Z' })).toEqual(
      accepted,
    );
    expect(await said('POST', `${path}/snapshots/s`, { name: 't' })).toEqual(accepted);
    expect(await said('DELETE', `${path}/snapshots/t`)).toEqual(accepted);
    expect(await said('POST', path, { name: `${name}-b` })).toEqual(accepted);
    expect(await said('DELETE', `${path}-b`)).toEqual(accepted);
    expect(await said('GET', `${path}-b`)).toEqual(refused(404));
  });

  it('to writes of a profile', async () => {
    const name = subject.name('profile');
    const path = `/1.0/profiles/${name}`;
    expect(await said('POST', '/1.0/profiles', { name })).toEqual(created);
    expect(await said('POST', '/1.0/profiles', { name })).toEqual(refused(500)); // no 409
    expect(await said('PATCH', path, { config: { 'user.a': '1' } })).toEqual(sync);
    expect(await said('PUT', path, {})).toEqual(sync);
    expect(await said('POST', path, { name: `${name}-b` })).toEqual(created);
    expect(await said('DELETE', `${path}-b`)).toEqual(sync);
    expect(await said('DELETE', `${path}-b`)).toEqual(refused(404));
    expect(await said('DELETE', '/1.0/profiles/default')).toEqual(refused(403));
  });

  it('to what is malformed', async () => {
    const path = await subject.empty();
    const profile = '/1.0/profiles/default';
    const table: [string, string, unknown, number][] = [
      ['POST', '/1.0/instances', '{bad', 400],
      ['POST', '/1.0/instances', '[]', 400],
      ['POST', '/1.0/instances', { name: 1 }, 400],
      ['POST', '/1.0/instances', { config: { a: 1 } }, 400],
      ['POST', '/1.0/instances', { name: 'a_b', source: { type: 'none' } }, 400],
      ['POST', '/1.0/instances', { name: 'a/b', source: { type: 'none' } }, 400],
      ['POST', '/1.0/instances', { source: { type: 'nope' } }, 400],
      ['PATCH', path, '{bad', 400],
      ['PATCH', path, '', 400],
      ['PATCH', path, '[]', 400],
      ['PATCH', path, { config: { 'user.a': 1 } }, 400],
      ['PATCH', path, { config: { nope: '1' } }, 500],
      ['PATCH', path, { restore: 'x' }, 400],
      ['PUT', `${path}/state`, '{bad', 400],
      ['PUT', `${path}/state`, { action: 'nope' }, 400],
      ['POST', `${path}/snapshots`, { name: 'a/b' }, 400],
      ['PATCH', profile, { config: { nope: '1' } }, 500],
      ['PUT', profile, '{bad', 400],
      ['POST', '/1.0/profiles', { name: '' }, 400],
      ['POST', '/1.0/profiles', { name: 'a/b' }, 400],
      ['GET', '/1.0/nope', undefined, 404],
      ['GET', '/1.0/instances/tslxd-nope', undefined, 404],
      ['PATCH', '/1.0/instances/tslxd-nope', {}, 404],
      ['DELETE', '/1.0/instances/tslxd-nope', undefined, 404],
      ['GET', '/1.0/images/tslxd-nope', undefined, 404],
      ['GET', '/1.0/images/aliases/tslxd-nope', undefined, 404],
      ['GET', '/1.0/operations/tslxd-nope', undefined, 404],
      ['GET', '/1.0/operations/tslxd-nope/wait', undefined, 404],
      ['DELETE', '/1.0', undefined, 501],
    ];
    const seen: unknown[] = [];
    for (const [method, target, body] of table) {
      const answer = await subject.call(method, target, body);
      expect(answer.body).toMatchObject({ type: 'error', error_code: answer.status });
      seen.push([method, target, body, answer.status]);
    }
    expect(seen).toEqual(table);
    await subject.run('DELETE', path);
  });

  it('the odd ones out', async () => {
    // A name that is taken is seen by the operation, not by the request.
    const path = await subject.empty();
    const name = path.slice(path.lastIndexOf('/') + 1);
    const again = await subject.run('POST', '/1.0/instances', { name, source: { type: 'none' } });
    expect(again.status_code).toBe(400);
    expect(again.err).toMatch(
      subject.pick({ lxd: /already exists/, incus: /UNIQUE constraint|already exists/ }),
    );
    await subject.run('DELETE', path);
    // LXD looks an alias up before it answers; Incus has the operation fail.
    const source = { type: 'image', alias: 'tslxd-nope' };
    const unknown = await subject.call('POST', '/1.0/instances', { name, source });
    expect(unknown.status).toBe(subject.pick({ lxd: 404, incus: 202 }));
  });
});
