import {
  AbortedError,
  BadRequestError,
  Client,
  InstanceStartError,
  InvalidInputError,
  OperationError,
  TimeoutError,
  type Instance,
  type InstanceInput,
} from 'tslxd';
import { rejection } from '../resources/support.js';
import { booted, makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

/** Its init hears nothing of being asked to shut down. */
const deaf = { 'raw.lxc': 'lxc.signal.halt = SIGCONT' };

describeReal('the power of an instance', (server) => {
  const { client, requestsOf } = useClient(server);
  const statusOf = async (name: string) =>
    (await server.read<{ status: string }>(`/1.0/instances/${name}`)).status;
  const running = async (input: Partial<InstanceInput> = {}) => {
    const web = await makeBusybox(server, client, input);
    return web.start();
  };

  it('being in that state already is success at ifNeeded', async () => {
    const web = await makeBusybox(server, client);
    for (const [action, again] of [
      ['start', 'unfreeze'],
      ['freeze', 'freeze'],
      ['unfreeze', 'start'],
    ] as const) {
      const { status } = await web[action]({ ifNeeded: true });
      for (const same of [action, again]) {
        await expect(web[same]()).rejects.toThrow(OperationError);
        expect((await web[same]({ ifNeeded: true })).status).toBe(status);
        await (await web[same]({ ifNeeded: true, wait: false })).wait();
      }
    }
    await web.stop({ ifNeeded: true, force: true });
    await expect(web.stop()).rejects.toThrow(/already stopped/);
    expect((await web.stop({ ifNeeded: true })).status).toBe('Stopped');
    await web.delete();
  });

  it('ensure() of what is to run starts it, or lets it go on', async () => {
    const web = await makeBusybox(server, client);
    const input = { source: { type: 'none' }, start: true } as const;
    expect((await client.instances.ensure(web.name, input)).status).toBe('Running');
    await web.freeze();
    expect((await client.instances.ensure(web.name, input)).status).toBe('Running');
    expect(await requestsOf(() => client.instances.ensure(web.name, input))).toHaveLength(1);
    expect(await statusOf(web.name)).toBe('Running');
    await web.delete({ force: true });
  });

  it('says of one that does not shut down what is true, and pulls the plug where that was asked for', async () => {
    const web = await running({ config: deaf });
    for (const timeout of [1000, 200]) {
      const error = await rejection(web.stop({ timeout }), TimeoutError);
      expect(error.message).toMatch(
        /did not shut down within \d+ ms.*waits for it 1 s.*force: 'afterTimeout'/,
      );
      expect(await statusOf(web.name)).toBe('Running');
    }
    expect((await web.stop({ timeout: 300, force: 'afterTimeout' })).status).toBe('Stopped');
    await web.start();
    // After the server has given up, too.
    expect((await web.stop({ timeout: 1000, force: 'afterTimeout' })).status).toBe('Stopped');
    await expect(web.stop({ timeout: 1000, force: 'afterTimeout' })).rejects.toThrow(/already stopped/);
    await web.delete();
    const other = await running({ config: deaf, ephemeral: true });
    await other.stop({ timeout: 300, force: 'afterTimeout' });
    expect(await client.instances.exists(other.name)).toBe(false);
  });

  it('leaves the plug alone where it shuts down in time', async () => {
    const web = await booted(await running());
    const requests = await requestsOf(() => web.stop({ timeout: 20_000, force: 'afterTimeout' }));
    expect(requests.filter((line) => line.startsWith('PUT'))).toHaveLength(1);
    await web.delete();
  });
});

describeReal('a deletion', (server) => {
  const { client } = useClient(server);
  const read = (name: string) => server.raw<{ status: string }>('GET', `/1.0/instances/${name}`);

  it('by force of what is protected changes nothing', async () => {
    const profile = server.uniqueName('protecting');
    await client.profiles.create({ name: profile, config: { 'security.protection.delete': 'true' } });
    const inputs: Partial<InstanceInput>[] = [
      { config: { 'security.protection.delete': 'true' } },
      { profiles: ['default', profile] },
    ];
    for (const input of inputs) {
      const web = await (await makeBusybox(server, client, input)).start();
      const error = await rejection(web.delete({ force: true }), InvalidInputError);
      expect(error.message).toMatch(/protected from being deleted/);
      expect((await read(web.name)).body.metadata.status).toBe('Running');
      // What makes the look necessary: the server only says so when it is stopped.
      await web.stop({ force: true });
      await expect(web.delete()).rejects.toThrow(/protected/);
      web.profiles = ['default'];
      delete web.config['security.protection.delete'];
      await web.save();
      await web.delete({ force: true });
      expect((await read(web.name)).status).toBe(404);
    }
  });

  it('of what runs names force', async () => {
    const web = await (await makeBusybox(server, client)).start();
    const error = await rejection(web.delete(), BadRequestError);
    expect(error.message).toMatch(/Instance is running.*delete\({ force: true }\)/);
    await web.delete({ force: true });
    await client.instances.ref(web.name).delete({ force: true, ifExists: true });
  });

  it('by force of what is gone with its stop, in either way', async () => {
    for (let round = 0; round < 3; round++) {
      for (const wait of [true, false]) {
        const web = await (await makeBusybox(server, client, { ephemeral: true })).start();
        const operation = await web.delete({ force: true, wait });
        if (operation) await operation.wait();
        expect((await read(web.name)).status).toBe(404);
      }
    }
  });
});

describeReal('what cannot be started', (server) => {
  const { client } = useClient(server);
  const exists = async (name: string) => (await server.raw('GET', `/1.0/instances/${name}`)).status === 200;

  it('stays, stopped, if it was created', async () => {
    const name = server.uniqueName('broken');
    const source = { type: 'none' } as const;
    const error = await rejection(client.instances.create({ name, source, start: true }), InstanceStartError);
    expect(error.message).toMatch(
      new RegExp(`^Instance '${name}' was created, but could not be started; it is there`),
    );
    expect(error.message).not.toMatch(/creating instance/i);
    expect([error.instance?.key, error.instance?.status]).toEqual([name, 'Stopped']);
    // By force, since Incus takes it for running for a moment after that.
    await error.instance?.delete({ force: true });
    // Whoever waits for the operation is told the same.
    const operation = await client.instances.create({ name, source, start: true }, { wait: false });
    expect((await rejection(operation.wait(), InstanceStartError)).instance?.key).toBe(name);
    const taken = await rejection(client.instances.create({ name, source, start: true }), Error);
    expect(taken).not.toBeInstanceOf(InstanceStartError);
    await client.instances.ref(name).delete({ force: true });
  });

  it('is no success at ifNeeded either', async () => {
    for (let round = 0; round < 5; round++) {
      const broken = await makeEmpty(server, client);
      await expect(broken.start({ ifNeeded: true })).rejects.toThrow(OperationError);
      await broken.delete({ force: true }); // Incus takes it for running for a moment
    }
  });

  it('of a server that chooses the name, too', async () => {
    const source = { type: 'none' } as const;
    const error = await rejection(client.instances.create({ source, start: true }), InstanceStartError);
    expect(await exists(error.instance?.key ?? '')).toBe(true);
    await error.instance?.delete({ force: true });
  });

  it('is gone again if it was copied, also what was protected', async () => {
    const web: Instance = await makeEmpty(server, client, {
      config: { 'security.protection.delete': 'true' },
    });
    const name = server.uniqueName('copy');
    const error = await rejection(web.copy(name, { start: true }), InstanceStartError);
    expect(error.message).toMatch(/was copied, but could not be started, and so was deleted again/);
    expect([error.instance, await exists(name)]).toEqual([undefined, false]);
    await web.copy(name, { config: { 'security.protection.delete': '' } });
    const refreshed = await rejection(web.copy(name, { refresh: true, start: true }), InstanceStartError);
    expect([refreshed.instance?.key, await exists(name)]).toEqual([name, true]);
    for (const left of [web, client.instances.ref(name)]) {
      await left.fetch();
      delete left.config['security.protection.delete'];
      await left.save();
      await left.delete({ force: true });
    }
  });
});

describeReal('publish({ stop: true })', (server) => {
  const { client } = useClient(server);

  it('stops it for that and starts it again, also if no image could be made', async () => {
    const web = await booted(await (await makeBusybox(server, client)).start());
    await expect(web.publish()).rejects.toThrow(/stop it first, or publish\({ stop: true }\)/);
    const alias = server.uniqueName('published');
    const image = await web.publish({ stop: true, aliases: [alias] });
    expect((await web.fetch()).status).toBe('Running');
    expect(image.aliases.map(({ name }) => name)).toEqual([alias]);
    await expect(web.publish({ stop: true, aliases: [alias] })).rejects.toThrow(/moveAliases/);
    await booted(web);
    await expect(web.publish({ stop: true, compressionAlgorithm: 'none-such' })).rejects.toThrow(/none-such/);
    expect((await web.fetch()).status).toBe('Running');
    await image.delete();
    await web.delete({ force: true });
  });

  it.each(['PUT', 'POST'])('starts it again where it is aborted right after its %s', async (method) => {
    const made = await booted(await (await makeBusybox(server, client)).start());
    const abort = new AbortController();
    const log = {
      debug: (line: string) => {
        if (line.startsWith(`${method} `)) abort.abort();
      },
    };
    const own = new Client({ socketPath: server.socketPath, log });
    const web = await own.instances.get(made.name);
    await rejection(web.publish({ stop: true, signal: abort.signal }), AbortedError);
    expect((await made.fetch()).status).toBe('Running');
    await own.close();
    await made.delete({ force: true });
  });
});

describeReal('an address', (server) => {
  const { client } = useClient(server);

  it('is waited for, but never where there is no network interface', async () => {
    const bare = await (await makeBusybox(server, client)).start();
    expect(Object.values(bare.expandedDevices).some(({ type }) => type === 'nic')).toBe(false);
    await expect(bare.waitFor('ip')).rejects.toThrow(/no network interface/);
    await bare.delete({ force: true });
    if (!server.hasNetwork) return;
    const web = await makeBusybox(server, client, { profiles: ['default', 'tslxd-net'] });
    const [address] = await Promise.all([web.address({ timeout: 30_000, family: 4 }), web.start()]);
    expect(address).toMatch(/^\d+\.\d+\.\d+\.\d+$/);
    const state = await web.state();
    expect(state.addresses({ family: 4 }).map((one) => one.address)).toContain(address);
    await web.delete({ force: true });
  });
});
