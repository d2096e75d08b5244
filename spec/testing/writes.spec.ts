import { describeFakes, type Answer } from './support.js';

describeFakes('writing an instance', (fake) => {
  const path = '/1.0/instances/web';
  const read = (): Promise<Answer> => fake.call('GET', path);
  const tag = async (): Promise<string> => (await read()).headers.etag ?? '';
  const patch = (body: unknown, headers?: Record<string, string>): Promise<Answer> =>
    fake.call('PATCH', path, body, headers);

  beforeEach(() => {
    fake.server.addProfile({ name: 'big', config: { 'limits.cpu': '8', 'user.p': 'profile' } });
    const config = { 'user.a': '1', 'user.p': 'own' };
    fake.server.addInstance({ name: 'web', config, devices: { d1: { type: 'none' } }, description: 'mine' });
  });

  it('PATCH merges the top level, at once', async () => {
    const answer = await patch({
      config: { 'user.b': '2' },
      devices: { d2: { type: 'none' } },
      description: 'mine',
    });
    expect([answer.status, answer.body.type, answer.body.metadata]).toEqual([200, 'sync', {}]);
    expect((await read()).body.metadata).toMatchObject({
      config: { 'user.a': '1', 'user.b': '2' },
      devices: { d1: { type: 'none' }, d2: { type: 'none' } },
      description: 'mine',
    });
  });

  it('PATCH removes config keys by an empty text and by null, and blanks a description left out', async () => {
    await patch({ config: { 'user.a': '', 'user.p': null } });
    const { config, description } = (await read()).body.metadata;
    expect([Object.keys(config).filter((key) => key.startsWith('user.')), description]).toEqual([[], '']);
  });

  it('PATCH cannot remove a device', async () => {
    const answer = await patch({ devices: { d1: null } });
    expect([answer.status, answer.body.error]).toEqual([
      500,
      'Invalid devices: Device validation failed for "d1": Failed loading device "d1": Missing device type in config',
    ]);
  });

  it('PUT replaces all, by an operation', async () => {
    const { config } = (await read()).body.metadata;
    delete config['user.a'];
    const end = await fake.run('PUT', path, { config, profiles: ['default', 'big'], devices: {} });
    expect([end.status_code, end.err]).toEqual([200, '']);
    expect((await read()).body.metadata).toMatchObject({
      ...{ description: '', devices: {}, profiles: ['default', 'big'], architecture: 'x86_64' },
      expanded_config: { 'limits.cpu': '8', 'user.p': 'own' },
    });
    expect((await read()).body.metadata.config).not.toHaveProperty('user.a');
  });

  it('PUT must keep what the server needs', async () => {
    const end = await fake.run('PUT', path, { config: {}, profiles: ['default'] });
    expect([end.status_code, end.err]).toEqual([400, "Volatile idmap keys can't be deleted by the user"]);
    expect((await read()).body.metadata.config['user.a']).toBe('1');
  });

  it.each([
    [{ config: { nope: '1' } }, 500, 'Invalid config: Unknown configuration key: nope'],
    [
      { config: { 'user.a': 1 } },
      400,
      'json: cannot unmarshal number into Go struct field InstancePut.config of type string',
    ],
    [{ config: { 'limits.memory': 'lots' } }, 500, 'Invalid config: Invalid value: lots'],
    [{ config: { 'boot.autostart': 'maybe' } }, 500, 'Invalid config: Invalid value for a boolean "maybe"'],
    [
      { config: { 'security.secureboot': 'true' } },
      500,
      'Invalid config: Unknown configuration key: security.secureboot',
    ],
    [{ profiles: ['nope'] }, 404, 'Profile not found'],
    [{ profiles: ['default', 'default'] }, 500, 'Duplicate profile found in request'],
    [{ restore: 's0' }, 400, "Can't call PATCH in restore mode"],
  ])('refuses %j and changes nothing', async (body, status, error) => {
    const before = await read();
    const answer = await patch(body);
    expect([answer.status, answer.body.error]).toEqual([status, error]);
    expect((await read()).text).toBe(before.text);
  });

  describe('the ETag', () => {
    it('changes with config, devices, profiles, the state of power, and the content of a profile', async () => {
      const seen = [await tag()];
      const note = async (): Promise<void> => void seen.push(await tag());
      await patch({ config: { 'user.a': '2' } }).then(note);
      await patch({ devices: { d2: { type: 'none' } } }).then(note);
      await patch({ ephemeral: true }).then(note);
      await patch({ profiles: ['default', 'big'] }).then(note);
      await fake.call('PATCH', '/1.0/profiles/big', { config: { 'user.q': '1' } }).then(note);
      await patch({ ephemeral: false }).then(note);
      await fake.run('PUT', `${path}/state`, { action: 'start' }).then(note);
      await fake.run('PUT', `${path}/state`, { action: 'stop' }).then(note);
      expect(new Set(seen).size).toBe(seen.length);
    });

    it('does not change with the description, nor by reading, nor with snapshots', async () => {
      const before = await tag();
      await patch({ description: 'another' });
      await fake.run('POST', `${path}/snapshots`, { name: 's0' });
      expect(await tag()).toBe(before);
    });

    it('guards PATCH and PUT, with or without quotes', async () => {
      const before = await tag();
      expect((await patch({ config: { 'user.a': '2' } }, { 'If-Match': before })).status).toBe(200);
      for (const method of ['PATCH', 'PUT']) {
        const late = await fake.call(method, path, { config: { 'user.a': '3' } }, { 'If-Match': before });
        const text = `ETag doesn't match: ${(await tag()).slice(1, -1)} vs ${before.slice(1, -1)}`;
        expect([late.status, late.body.error_code, late.body.error]).toEqual([412, 412, text]);
      }
      expect((await patch({}, { 'If-Match': (await tag()).slice(1, -1) })).status).toBe(200);
      expect((await patch({}, { 'If-Match': '*' })).status).toBe(412);
      expect((await fake.call('GET', '/1.0/instances')).headers).not.toHaveProperty('etag');
    });
  });
});
