import { deviceCases } from './device-cases.js';
import { describePair, outcome, plain } from './parity.js';
import { call, ended, type Answer } from './support.js';

describePair((servers) => {
  const { real } = servers;
  const [name, volume] = [real.uniqueName('dev'), real.uniqueName('vol')];
  const volumes = '/1.0/storage-pools/default/volumes/custom';
  const network = real.product === 'lxd' ? 'lxdbr0' : 'incusbr0';
  let subnets: Record<string, string> = {};
  const sockets = () => [real.socketPath, servers.fake.socketPath] as const;
  const run = async (socket: string, method: string, path: string, body?: object) => {
    const answer = await call(socket, method, path, body);
    return answer.body.operation ? { answer, end: await ended(socket, answer) } : { answer };
  };
  const said = ({ answer, end }: { answer: Answer; end?: Parameters<typeof outcome>[0] }) => ({
    status: answer.status,
    // Of two that are wrong, the servers name either.
    error: plain(answer.body.error)?.replaceAll(/"[ab]"/g, 'one'),
    end: end && outcome(end),
  });

  beforeAll(async () => {
    await servers.real.run('GET', '/1.0');
    const shared = (await call(real.socketPath, 'GET', `/1.0/networks/${network}`)).body.metadata;
    ({ config: subnets } = shared as { config: Record<string, string> });
    // The fake's own bridge of this name is to be as the real one.
    const taken = await call(servers.fake.socketPath, 'PUT', `/1.0/networks/${network}`, {
      config: subnets,
    });
    expect(taken.status).toBe(200);
    expect(subnets['ipv4.address']).toMatch(/^\d+\.\d+\.\d+\.\d+\/24$/);
    for (const socket of sockets()) {
      await run(socket, 'POST', '/1.0/instances', { name, source: { type: 'none' } });
      await run(socket, 'POST', volumes, { name: volume });
      await run(socket, 'POST', '/1.0/profiles', { name });
    }
  });
  afterAll(async () => {
    for (const path of [`/1.0/instances/${name}`, `/1.0/profiles/${name}`, `${volumes}/${volume}`])
      await run(real.socketPath, 'DELETE', path);
  });

  const compared = async (does: (socket: string) => Promise<unknown>): Promise<void> => {
    const [ofReal, ofFake] = [await does(sockets()[0]), await does(sockets()[1])];
    expect(ofFake).toEqual(ofReal);
  };
  const named = (devices: object): object =>
    JSON.parse(
      JSON.stringify(devices)
        .replaceAll('{volume}', volume)
        .replaceAll('{network}', network)
        .replaceAll('{gateway}', subnets['ipv4.address']?.split('/')[0] ?? '')
        .replaceAll('{net}', subnets['ipv4.address']?.split('.').slice(0, 3).join('.') ?? '')
        .replaceAll('{net6}', subnets['ipv6.address']?.replace(/::1\/\d+$/, '::') ?? 'fd42::'),
    ) as object;

  it.each(deviceCases.filter(({ only = real.product }) => only === real.product))(
    'about $title',
    async ({ devices, isMade }) => {
      const given = { devices: named(devices) };
      const at = (what: string) => `/1.0/${what}/${name}`;
      await compared(async (socket) => {
        const patched = said(await run(socket, 'PATCH', at('profiles'), given));
        const { devices: kept } = (await call(socket, 'GET', at('profiles'))).body.metadata;
        if (Object.keys(kept as object).length > 0) await run(socket, 'PUT', at('profiles'), {});
        return { patched, kept };
      });
      await compared(async (socket) => {
        const { config } = (await call(socket, 'GET', at('instances'))).body.metadata;
        const patched = said(await run(socket, 'PATCH', at('instances'), given));
        const { devices: kept } = (await call(socket, 'GET', at('instances'))).body.metadata;
        if (Object.keys(kept as object).length > 0)
          await run(socket, 'PUT', at('instances'), { config, profiles: ['default'], devices: {} });
        if (!isMade) return { patched, kept };
        const source = { type: 'none' };
        const made = said(
          await run(socket, 'POST', '/1.0/instances', { name: `${name}-x`, source, ...given }),
        );
        await run(socket, 'DELETE', `${at('instances')}-x`);
        return { patched, kept, made };
      });
    },
  );
});
