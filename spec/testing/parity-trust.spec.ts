import { setTimeout as delay } from 'node:timers/promises';
import { describeHttpsPair, type Both } from './https-pair.js';
import { plain } from './parity.js';

describeHttpsPair('whom the fake trusts, and whom the real server does', (pair, product) => {
  const path = '/1.0/certificates';
  const proof = product === 'lxd' ? 'password' : 'trust_token';
  const stranger = (name?: string) => pair.stranger(name);

  /** A token of each, as text, with the operations behind them. */
  async function tokens(wanted: object = {}) {
    const made = await pair.admin.send('POST', path, {
      name: 'guest',
      type: 'client',
      token: true,
      ...wanted,
    });
    pair.alike(made);
    const operations = made.map(({ body }) => body.operation ?? '');
    const texts = made.map(({ body: { metadata } }) => {
      const { addresses, fingerprint, secret, request } = metadata.metadata;
      return encoded({ client_name: request.name, addresses, fingerprint, secret });
    });
    const at = (index: 0 | 1) => operations[index]!;
    const { expiresAt } = made[0].body.metadata.metadata;
    return {
      /** When the real server's ends, in ms since 1970. */
      end: Date.parse(expiresAt),
      body: (index: 0 | 1) => ({ type: 'client', [proof]: texts[index] }),
      status: async () => (await pair.admin.same('GET', at)).body.metadata.status,
      cancel: () => pair.admin.same('DELETE', at),
    };
  }
  const encoded = (token: unknown) => Buffer.from(JSON.stringify(token)).toString('base64');

  it('lets in whoever has a token, once, as it was made for', async () => {
    const guest = stranger();
    const token = await tokens({ restricted: true, projects: ['default'], description: 'd' });
    const lies = { name: 'liar', restricted: false, projects: ['nope'], description: 'x', type: 'nope' };
    const { status } = await guest.same('POST', path, (index: 0 | 1) => ({
      ...lies,
      certificate: 'zz',
      ...token.body(index),
    }));
    expect(status).toBe(201);
    expect(await token.status()).toBe('Cancelled');
    const { body } = await pair.admin.same('GET', guest.at);
    expect(body.metadata).toMatchObject({ name: 'guest', restricted: true, projects: ['default'] });
    expect((await guest.same('POST', path, token.body)).body.error).toBe('Client is already trusted');
    const other = stranger();
    expect((await other.same('POST', path, token.body)).body.error).toBe(
      'No matching certificate add operation found',
    );
    expect((await guest.same('GET', '/1.0')).body.metadata.auth).toBe('trusted');
    await guest.leave();
    expect((await guest.same('GET', '/1.0')).body.metadata.auth).toBe('untrusted');
  });

  it('takes a token from whoever sends it, if it is no good too', async () => {
    const guest = stranger();
    const missing = await tokens({ restricted: true, projects: ['nope'] });
    expect((await guest.same('POST', path, missing.body)).status).toBe(404);
    expect((await guest.same('POST', path, missing.body)).status).toBe(403);
    const unshown = await tokens();
    const bare = await pair.client().same('POST', path, unshown.body);
    expect(bare.body.error).toBe('No client certificate provided');
    expect((await guest.same('POST', path, unshown.body)).status).toBe(403);
    const cancelled = await tokens();
    await cancelled.cancel();
    expect((await guest.same('POST', path, cancelled.body)).body.error).toBe(
      'No matching certificate add operation found',
    );
    expect(await cancelled.status()).toBe('Cancelled');
  });

  it('spares the token of whoever is trusted', async () => {
    const guest = stranger();
    const token = await tokens();
    await pair.admin.send('POST', path, { type: 'client', name: 'g', certificate: guest.certificate });
    expect((await guest.same('POST', path, token.body)).status).toBe(400);
    expect(await token.status()).toBe('Running');
    await guest.leave();
    expect((await guest.same('POST', path, token.body)).status).toBe(201);
    await guest.leave();
  });

  it('lets a token expire', async () => {
    const guest = stranger();
    await pair.admin.send('PATCH', '/1.0', { config: { 'core.remote_token_expiry': '1S' } });
    const token = await tokens();
    await delay(Math.max(0, token.end - Date.now()) + 50);
    pair.clock.advance(1100);
    const answers = await guest.send('POST', path, token.body);
    const expired = 'Failed during search for certificate add token operation: Token has expired';
    // Once a minute the real one looks for such, and cancels them.
    const swept = 'No matching certificate add operation found';
    expect([expired, swept]).toContain(answers[0].body.error);
    expect([answers[1].status, answers[1].body.error]).toEqual([500, expired]);
    expect((await guest.same('POST', path, token.body)).body.error).toBe(swept);
    await pair.admin.send('PATCH', '/1.0', { config: { 'core.remote_token_expiry': '' } });
  });

  const token = { client_name: 'x', fingerprint: 'a', addresses: ['a'], secret: 's' };
  it.each([
    ['of nobody', encoded(token)],
    ['with a line break', `${encoded(token)}\n`],
    ['with a blank', ` ${encoded(token)}`],
    ['with a time that is none', encoded({ ...token, expires_at: 'x' })],
    ['with something after it', Buffer.from(`${JSON.stringify(token)} x`).toString('base64')],
    ['of a cluster member', encoded({ ...token, client_name: undefined, server_name: 'x' })],
    ...Object.keys(token).map((key) => [`without ${key}`, encoded({ ...token, [key]: undefined })]),
    ...Object.keys(token).map((key) => [
      `with an empty ${key}`,
      encoded({ ...token, [key]: key === 'addresses' ? [] : '' }),
    ]),
    ['that is no object', encoded([])],
    ['that is a number', encoded({ ...token, secret: 1 })],
    ['that is no base64', 'x'],
    ['that is none', ''],
  ])('refuses a token %s', async (_, text) => {
    const guest = stranger();
    for (const field of ['password', 'trust_token'])
      await guest.same('POST', path, { type: 'client', [field]: text });
  });

  it.each([
    '',
    '{}',
    '{bad',
    '[]',
    '{"name":1}',
    '{"type":"client"}',
    '{"type":"client","token":true}',
    '{"token":true}',
  ])('refuses the body %s', async (body) => {
    await stranger().same('POST', path, body);
  });

  // A PATCH that Incus refuses costs it the keys of the member, such as its address.
  const itHasPasswords = product === 'lxd' ? it : () => undefined;
  itHasPasswords(
    'takes the trust password of LXD 5.0, and says no more of it than that there is one',
    async () => {
      const guest = stranger('common');
      await pair.admin.same('PATCH', '/1.0', { config: { 'core.trust_password': 'pässword' } });
      const [real, fake] = await pair.admin.send('GET', '/1.0');
      expect(fake.body.metadata.config['core.trust_password']).toBe(
        real.body.metadata.config['core.trust_password'],
      );
      for (const password of ['', 'x', 'true']) await guest.same('POST', path, { type: 'client', password });
      for (const more of [
        {},
        { type: 'nope' },
        { type: 'client', projects: ['nope'] },
        { type: 'client', certificate: 'zz' },
      ])
        await guest.same('POST', path, { ...more, password: 'pässword' });
      const asked = { type: 'client', restricted: true, projects: ['default'], password: 'pässword' };
      await guest.same('POST', path, asked);
      const { body } = await pair.admin.same('GET', guest.at);
      expect(body.metadata).toMatchObject({ name: 'common', restricted: true });
      const another = stranger();
      const theirs = { type: 'client', certificate: another.certificate };
      await guest.same('POST', path, theirs);
      await guest.same('POST', path, { ...theirs, password: 'pässword' });
      await stranger().same('POST', path, { ...theirs, password: 'pässword' });
      await another.leave();
      await guest.leave();
      await pair.admin.send('PATCH', '/1.0', { config: { 'core.trust_password': '' } });
      await guest.same('POST', path, asked);
    },
  );

  it.each([
    ...[
      ['GET', '/'],
      ['POST', '/'],
      ['GET', '/1.0'],
      ['PUT', '/1.0'],
      ['GET', '/nope'],
      ['GET', '/1.0/nope'],
    ],
    ...['certificates', 'cluster', 'events', 'instances', 'metrics', 'operations', 'projects'].map((part) => [
      'GET',
      `/1.0/${part}`,
    ]),
    ...['resources', 'storage-pools', 'warnings', 'networks', 'profiles'].map((part) => [
      'GET',
      `/1.0/${part}`,
    ]),
    ...['images', 'images/aliases', 'images/aliases/x', 'images/zz', 'images/zz/export'].map((part) => [
      'GET',
      `/1.0/${part}`,
    ]),
    ...['operations/x', 'operations/x/wait', 'operations/x/websocket'].map((part) => ['GET', `/1.0/${part}`]),
    ...[
      ['GET', '/internal/ready'],
      ['OPTIONS', '/1.0/instances'],
      ['HEAD', '/1.0/instances'],
    ],
    ...[
      ['PATCH', '/1.0/certificates'],
      ['DELETE', '/1.0/certificates/aa'],
      ['POST', '/1.0/instances'],
      ['POST', '/1.0/images'],
    ],
  ] as [string, string][])('answers a stranger to %s %s', async (method, at) => {
    const body = ['PUT', 'POST', 'PATCH'].includes(method) && at !== '/' ? {} : undefined;
    const guest = stranger();
    await guest.same(method, at, body);
    await guest.same(method, at, body, { [`X-${product}-authenticated`]: 'true' });
  });

  it('says in GET /1.0 who asks', async () => {
    const known = stranger();
    const fields = (answers: Both) =>
      answers.map(({ body: { metadata } }) => {
        const { environment: _, api_extensions: __, ...said } = metadata;
        const config = said.config && Object.keys(said.config);
        return plain(JSON.stringify({ ...said, config }));
      });
    const said = async (answers: Promise<Both>) => {
      const [real, fake] = fields(await answers);
      expect(fake).toBe(real);
    };
    await said(pair.admin.send('GET', '/1.0'));
    await said(known.send('GET', '/1.0'));
    for (const what of [
      { type: 'client' },
      { type: 'client', restricted: true, projects: ['default'] },
      { type: 'metrics' },
      { type: 'server' },
    ]) {
      await pair.admin.send('POST', path, { ...what, name: 'k', certificate: known.certificate });
      await said(known.send('GET', '/1.0'));
      await known.same('GET', '/internal/ready');
      const [metrics] = await known.send('GET', '/1.0/metrics');
      expect((await known.send('GET', '/1.0/metrics'))[1].status).toBe(metrics.status);
      await known.leave();
    }
  });
});
