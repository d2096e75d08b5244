import { configuration } from '../../lib/testing/data/configuration.js';
import { describePair } from './parity.js';
import { call } from './support.js';

type Configs = Record<string, Record<string, { keys: object[] }>>;

describePair((servers) => {
  const warnings = '/1.0/warnings';

  it('about a server alone: whether it is ready, and its cluster', async () => {
    const { real, fake, pair } = servers;
    for (const path of ['/internal/ready', '/1.0/cluster']) {
      await pair.same('GET', path);
      const said = await Promise.all(
        [real, fake].map(async ({ socketPath }) => {
          const { metadata } = (await call(socketPath, 'GET', path)).body;
          const { member_config: parts, ...rest } = metadata as { member_config?: { name: string }[] };
          return { ...rest, parts: parts?.filter(({ name }) => name === 'default') }; // others have pools of their own
        }),
      );
      expect([path, said[1]]).toEqual([path, said[0]]);
    }
  });

  it('about warnings', async () => {
    const { real, fake, pair } = servers;
    fake.addWarning({ type: 'Instance type not operational' });
    const idsOf = async (socketPath: string) =>
      ((await call(socketPath, 'GET', warnings)).body.metadata as string[] | null) ?? [];
    for (const query of [
      ...['?project=nope', '?project=default', '?filter=nope', '?filter=status+eq+nobody', '?all-projects=1'],
      ...['?filter=count+gt+1', '?filter=nope+eq+1', '?recursion=1&filter=status+eq+nobody'],
    ])
      await pair.same('GET', warnings + query);
    const nothing = await Promise.all(
      [real, fake].map(({ socketPath }) => call(socketPath, 'GET', `${warnings}?filter=status+eq+nobody`)),
    );
    expect(nothing.map(({ body }) => body.metadata as unknown)).toEqual([null, null]);
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE', 'POST']) {
      await pair.same(method, `${warnings}/nope`, method === 'GET' ? undefined : { status: 'new' });
      if (method !== 'GET') await pair.same(method, warnings, {});
    }
    const [[ofReal], [ofFake]] = [await idsOf(real.socketPath), await idsOf(fake.socketPath)];
    if (ofReal === undefined) return; // a server that has nothing to warn of
    const one = [ofReal, ofFake!];
    await pair.same('GET', one);
    await pair.same('GET', [`${ofReal}?project=nope`, `${ofFake!}?project=nope`]);
    for (const body of ['', '{bad', '[]', {}, { status: 1 }, { status: 'nope' }, { status: 'resolved' }])
      for (const method of ['PUT', 'PATCH']) await pair.same(method, one, body);
    for (const status of ['acknowledged', 'new'])
      await pair.same('PUT', one, { status }, { 'If-Match': 'x' });
  });

  it('about its config keys, of which the fake has some', async () => {
    const { real, fake } = servers;
    const path = '/1.0/metadata/configuration';
    const [one, other] = [await call(real.socketPath, 'GET', path), await call(fake.socketPath, 'GET', path)];
    expect([other.status, other.body.error]).toEqual([one.status, one.body.error]);
    if (one.status !== 200) return;
    expect(other.body.metadata).toEqual(configuration);
    const { configs } = one.body.metadata as { configs: Configs };
    for (const [entity, groups] of Object.entries(configuration.configs as unknown as Configs))
      for (const [group, { keys }] of Object.entries(groups))
        expect(configs[entity]?.[group]?.keys).toEqual(expect.arrayContaining(keys));
  });
});
