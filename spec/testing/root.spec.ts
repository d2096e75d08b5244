import { describeFakes } from './support.js';

describeFakes('the server itself', (fake) => {
  it('names its versions and itself', async () => {
    expect(await fake.read('/')).toEqual(['/1.0']);
    const server = await fake.read('/1.0');
    const isLxd = fake.server.product === 'lxd';
    expect(server).toMatchObject({
      api_version: '1.0',
      auth: 'trusted',
      config: {},
      environment: { server: fake.server.product, server_version: isLxd ? '5.0.2' : '6.0.4' },
    });
    expect(server.api_extensions).toHaveLength(isLxd ? 318 : 450);
    expect(server.api_extensions).toContain('instance_all_projects');
  });

  it('has resources and metrics', async () => {
    expect(await fake.read('/1.0/resources')).toMatchObject({ cpu: { total: 1 }, memory: {} });
    fake.server.addInstance({ name: 'web', status: 'Running' });
    const metrics = await fake.call('GET', '/1.0/metrics');
    expect(metrics.headers['content-type']).toBe('text/plain');
    expect(metrics.text).toMatch(/^# HELP [^]*name="web"[^]*# EOF\n$/);
  });

  it('keeps its config behind an ETag', async () => {
    const { headers } = await fake.call('GET', '/1.0');
    const match = { 'If-Match': headers.etag ?? '' };
    const first = { config: { 'user.mine': '1', 'core.https_address': ':8443' } };
    expect((await fake.call('PATCH', '/1.0', first, match)).body.metadata).toEqual({});
    const late = await fake.call('PATCH', '/1.0', { config: { 'user.mine': '2' } }, match);
    expect([late.status, late.body.error]).toEqual([
      412,
      expect.stringMatching(/^ETag doesn't match: \w{64} vs \w{64}$/),
    ]);
    expect((await fake.read('/1.0')).config).toEqual(first.config);
    await fake.call('PUT', '/1.0', { config: {} });
    expect((await fake.read('/1.0')).config).toEqual({ 'user.mine': '1' });
    await fake.call('PATCH', '/1.0', { config: { 'user.mine': null } });
    expect((await fake.read('/1.0')).config).toEqual({});
    const unknown = await fake.call('PATCH', '/1.0', { config: { nope: '1' } });
    expect([unknown.status, unknown.body.error]).toEqual([400, "cannot set 'nope' to '1': unknown key"]);
  });

  it.each([
    ['GET', '/1.0/nope', 404, 'not found'],
    ['GET', '/1.0/', 404, 'not found'],
    ['GET', '/1.0//instances', 404, 'not found'],
    ['GET', '/1.0/instances/', 404, 'not found'],
    ['DELETE', '/1.0', 501, 'not implemented'],
    ['PATCH', '/1.0/instances', 501, 'not implemented'],
    ['PUT', '/1.0/profiles', 501, 'not implemented'],
    ['PROPFIND', '/1.0', 404, 'Method "PROPFIND" not found'],
  ])('refuses %s %s', async (method, path, status, error) => {
    const answer = await fake.call(method, path);
    expect([answer.status, answer.body]).toEqual([
      status,
      { type: 'error', status: '', status_code: 0, operation: '', error_code: status, error, metadata: null },
    ]);
  });

  it.each([
    ['{bad', "invalid character 'b' looking for beginning of object key string"],
    ['', 'EOF'],
    ['{"name":', 'unexpected EOF'],
    ['[]', 'json: cannot unmarshal array into Go value of type api.ProfilesPost'],
    ['{"name":1}', 'json: cannot unmarshal number into Go struct field ProfilesPost.name of type string'],
    [
      '{"config":{"a":true}}',
      'json: cannot unmarshal bool into Go struct field ProfilesPost.config of type string',
    ],
    [
      '{"config":[]}',
      'json: cannot unmarshal array into Go struct field ProfilesPost.config of type map[string]string',
    ],
  ])('refuses the body %s', async (body, error) => {
    const answer = await fake.call('POST', '/1.0/profiles', body);
    expect([answer.status, answer.body.error_code, answer.body.error]).toEqual([400, 400, error]);
  });

  it('wants a websocket for events', async () => {
    const answer = await fake.call('GET', '/1.0/events');
    expect([answer.status, answer.text]).toEqual([400, 'Bad Request\n']);
  });

  it('has the typed paths of old LXD there only', async () => {
    fake.server.addInstance({ name: 'c1' });
    fake.server.addInstance({ name: 'v1', type: 'virtual-machine' });
    const answer = await fake.call('GET', '/1.0/containers');
    const machine = await fake.call('GET', '/1.0/containers/v1');
    if (fake.server.product === 'lxd') expect(answer.body.metadata).toEqual(['/1.0/containers/c1']);
    else expect(answer.status).toBe(404);
    expect(machine.status).toBe(404);
  });
});
