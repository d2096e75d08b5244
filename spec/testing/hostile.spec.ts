import { describeFakes } from './support.js';

describeFakes('hostile names', (fake) => {
  const names = ['constructor', 'toString', 'hasOwnProperty', '__proto__'];
  const none = { type: 'none' };
  // Written as text: an object literal would take `__proto__` for the prototype.
  const devices = names.map((name) => `"${name}":{"type":"none"}`).join(',');
  const config = names.map((name) => `"user.${name}":"${name}"`).join(',');

  it('are devices like any other, through create, read, write and copy', async () => {
    const body = `{"name":"web","source":{"type":"none"},"devices":{${devices}},"config":{${config}}}`;
    expect((await fake.run('POST', '/1.0/instances', body)).err).toBe('');
    const { text } = await fake.call('GET', '/1.0/instances/web');
    for (const name of names) expect(text).toContain(`"${name}":{"type":"none"}`);
    for (const name of names) expect(text).toContain(`"user.${name}":"${name}"`);
    await fake.call(
      'PATCH',
      '/1.0/instances/web',
      '{"devices":{"__proto__":{"type":"none"},"eth9":{"type":"none"}}}',
    );
    const after = await fake.read('/1.0/instances/web');
    expect(Object.keys(after.devices).sort()).toEqual([...names, 'eth9'].sort());
    expect(after.devices.eth9).toEqual(none);
    await fake.run('POST', '/1.0/instances/web/snapshots', { name: 's' });
    const snapshot = await fake.call('GET', '/1.0/instances/web/snapshots/s');
    expect(snapshot.text).toContain('"__proto__":{"type":"none"}');
  });

  it('are refused as config keys as the servers refuse them, and do no harm', async () => {
    fake.server.addInstance({ name: 'web' });
    const answer = await fake.call('PATCH', '/1.0/instances/web', '{"config":{"__proto__":"x"}}');
    expect([answer.status, answer.body.error]).toEqual([
      500,
      'Invalid config: Unknown configuration key: __proto__',
    ]);
    const body = await fake.call('POST', '/1.0/profiles', '{"__proto__":{"name":"x"}}');
    expect(body.body.error).toBe('No name provided');
  });

  it.each([
    ['/1.0/profiles/..%2Finstances%2Fweb', 'Fetch profile: Profile not found'],
    ['/1.0/profiles/%2e%2e', 'Fetch profile: Profile not found'],
    ['/1.0/profiles/..', 'Fetch profile: Profile not found'],
    ['/1.0/profiles/../instances', 'not found'],
    ['/1.0/instances/web%2Fsnap', 'Invalid instance name'],
    ['/1.0/profiles/__proto__', 'Fetch profile: Profile not found'],
  ])('in the path are names and nothing else: %s', async (path, error) => {
    fake.server.addInstance({ name: 'web' });
    expect((await fake.call('GET', path)).body.error).toBe(error);
  });

  it('can be asked for by their encoded name', async () => {
    const name = 'a b?#%ü..&+';
    const made = await fake.call('POST', '/1.0/profiles', { name });
    const path = `/1.0/profiles/${encodeURIComponent(name)}`;
    expect((await fake.read(path)).name).toBe(name);
    expect((await fake.call('GET', '/1.0/profiles/%zz')).status).toBe(400);
    // LXD 5.0 escapes twice what it gives out.
    const once = '/1.0/profiles/a%20b%3F%23%25%C3%BC..&+';
    const location = fake.server.product === 'lxd' ? once.replaceAll('%', '%25') : once;
    expect(made.headers.location).toBe(location);
    expect(await fake.read('/1.0/profiles')).toContain(location);
  });
});
