import { describePair, outcome, plain } from './parity.js';
import { call, ended, type Answer } from './support.js';

const idmaps = [
  ...['x', 'foo 1 1', 'uid 1-5 1', 'uid 1-2-3 1', 'uid  1 1', 'uid -1 1', '\n\nuid 1 1\n', ' ', 'uid 1- 1-'],
  ...['uid 1 99999999999999999999', 'gid x 1', 'foo x 1', 'foo 1-2 1', 'both 1000-1999 1000-1999'],
];
const rows = [
  ...idmaps.map((value) => ({ 'raw.idmap': value })),
  ...['x', '1:2', '1:2:3', 'unlimited'].map((value) => ({ 'limits.kernel.nofile': value })),
  { 'nvidia.runtime': 'true' },
];

// What only shows when a container is made ready to run: which of it a new one is held to, and by its profiles.
describePair((servers) => {
  const { real } = servers;
  const [name, made] = [real.uniqueName('run'), real.uniqueName('run')];
  const sockets = () => [real.socketPath, servers.fake.socketPath] as const;
  const profile = `/1.0/profiles/${name}`;
  const profiles = ['default', name];
  const source = { type: 'none' };
  const run = async (socket: string, method: string, path: string, body?: object) => {
    const answer: Answer = await call(socket, method, path, body);
    const end = answer.body.operation ? outcome(await ended(socket, answer)) : undefined;
    return [method, answer.status, plain(answer.body.error), end];
  };
  const compared = async (does: (socket: string) => Promise<unknown>): Promise<void> => {
    const [ofReal, ofFake] = [await does(sockets()[0]), await does(sockets()[1])];
    expect(ofFake).toEqual(ofReal);
  };

  beforeAll(async () => {
    for (const socket of sockets()) {
      await run(socket, 'POST', '/1.0/profiles', { name });
      await run(socket, 'POST', '/1.0/instances', { name, source });
    }
  });
  afterAll(async () => {
    for (const path of [`/1.0/instances/${made}`, `/1.0/instances/${name}`, profile])
      await run(real.socketPath, 'DELETE', path);
  });

  it.each(rows)('of %j', async (config) => {
    await compared(async (socket) => {
      const said: unknown[] = [];
      const make = async (given: object) => {
        said.push(await run(socket, 'POST', '/1.0/instances', { name: made, source, ...given }));
        await run(socket, 'DELETE', `/1.0/instances/${made}`);
      };
      await make({ config });
      await run(socket, 'PUT', profile, { config });
      await make({ profiles });
      said.push(await run(socket, 'PATCH', `/1.0/instances/${name}`, { profiles }));
      await run(socket, 'PATCH', `/1.0/instances/${name}`, { profiles: ['default'] });
      return said;
    });
  });

  it('of a next ID map that is no JSON', async () => {
    await compared(async (socket) => {
      const of = (value: string) => ({ config: { 'volatile.idmap.next': value } });
      const said = [];
      for (const value of ['x', ''])
        said.push(await run(socket, 'PATCH', `/1.0/instances/${name}`, of(value)));
      said.push(await run(socket, 'POST', '/1.0/instances', { name: made, source, ...of('x') }));
      await run(socket, 'DELETE', `/1.0/instances/${made}`);
      return said;
    });
  });
});
