import { randomBytes } from 'node:crypto';
import {
  AbortedError,
  Client,
  ConflictError,
  ConnectionError,
  InvalidInputError,
  isLxdError,
  OperationError,
  TimeoutError,
  UnsupportedError,
  type Instance,
  type InstanceInput,
  type MigrationMode,
  type Progress,
} from 'tslxd';
import { proxyTo } from '../support/proxy.js';
import { advertising } from './advertising.js';
import { booted, useTwoDaemons } from './client.js';
import { makeCertificate } from '../support/certificates.js';
import { absent, describeReal, type RealServer } from './harness.js';
import { canStart, freeAddress, listenOn } from './own-daemon.js';

const modes: MigrationMode[] = ['pull', 'push', 'relay'];

describeReal('between two servers', (server) => {
  if (!canStart(server.product)) {
    absent(`${server.name}: no daemon of one's own can be started here`);
    return;
  }

  const two = useTwoDaemons(server);
  let { here, there, source, target } = two;
  beforeAll(async () => {
    ({ here, there, source, target } = two);
    await here.ensureImage();
  }, 60_000);

  /** A stopped container with something in it, and with a snapshot of something else. */
  async function makeWeb(input: Partial<InstanceInput> = {}): Promise<Instance> {
    const web = await source.instances.create({
      name: here.uniqueName('web'),
      source: { alias: here.imageAlias },
      description: 'The web',
      config: { 'user.role': 'web', 'limits.memory': '64MiB' },
      devices: { proc: { type: 'none' } },
      ...input,
    });
    await web.files.writeFile('/root/text', 'before');
    await web.snapshots.create({ name: 'before' });
    await web.files.writeFile('/root/text', 'after');
    return web;
  }

  /** The server's own word of it, without what changes by looking at it. */
  async function raw(of: RealServer, { name }: Instance) {
    const { body } = await of.raw<Record<string, unknown>>('GET', `/1.0/instances/${name}`);
    return body.metadata;
  }

  /** Slows the source's disk down while something is copied, so that there is time to break it off. */
  async function slowly<T>(bandwidth: string, work: () => Promise<T>): Promise<T> {
    const path = '/1.0/storage-pools/default';
    const { config } = await here.read<{ config: object }>(path);
    await here.run('PUT', path, { config: { ...config, 'rsync.bwlimit': bandwidth } });
    try {
      return await work();
    } finally {
      await here.run('PUT', path, { config });
    }
  }

  const text = (web: Instance) => web.files.readFile('/root/text', 'utf8');

  describe.each(modes)('%s', (mode) => {
    let web: Instance;
    let was: unknown;
    beforeAll(async () => {
      web = await makeWeb();
      await web.files.writeFile('/root/big', randomBytes(4_500_000));
      was = await raw(here, web);
    });

    // Nothing that is done to the others may change it.
    afterEach(async () => {
      expect(await raw(here, web)).toEqual(was);
    });

    it('a copy has all that the original has; so has one of a snapshot', async () => {
      const copy = await web.copyTo(target, { mode, name: there.uniqueName(mode) });
      expect(copy).toMatchObject({
        description: 'The web',
        profiles: ['default'],
        ephemeral: false,
        architecture: web.architecture,
        type: 'container',
        devices: { proc: { type: 'none' } },
      });
      expect(copy.config).toMatchObject({ 'user.role': 'web', 'limits.memory': '64MiB' });
      expect(copy.config['volatile.base_image']).toBe(web.config['volatile.base_image']);
      expect(copy.config['volatile.uuid']).not.toBe(web.config['volatile.uuid']);
      expect(await text(copy)).toBe('after');
      expect(await copy.snapshots.names()).toEqual(['before']);
      await copy.restore('before');
      expect(await text(copy)).toBe('before');

      const before = await web.snapshots.get('before');
      const old = await before.copyTo(target, { mode, name: there.uniqueName('old') });
      expect(await text(old)).toBe('before');
      expect(old.config['user.role']).toBe('web');
      await Promise.all([copy.delete(), old.delete()]);
    });

    it('a move whose target fails leaves the source as it was', async () => {
      const taken = await target.instances.create({ name: web.name, source: { type: 'none' } });
      const theirs = await raw(there, taken);
      await expect(web.moveTo(target, { mode })).rejects.toThrow(ConflictError);
      expect(await raw(there, taken)).toEqual(theirs);
      await taken.delete();

      const missing = await web.moveTo(target, { mode, profiles: ['none'] }).catch((error: unknown) => error);
      expect(missing).toMatchObject({ message: expect.stringContaining('"none"') });
      expect(isLxdError(missing)).toBe(true);
      expect(await web.snapshots.names()).toEqual(['before']);
      expect(await text(web)).toBe('after');
      expect(await target.instances.exists(web.name)).toBe(false);
    });

    it('aborted in the middle nothing is left, and it can be tried again', async () => {
      const abort = new AbortController();
      const seen: Progress[] = [];
      const onProgress = (progress: Progress) => {
        seen.push(progress);
        abort.abort();
      };
      await slowly('3MB', async () => {
        const aborted = web.moveTo(target, { mode, signal: abort.signal, onProgress });
        await expect(aborted).rejects.toThrow(AbortedError);
      });
      expect(seen).toMatchObject([{ stage: 'fs', bytes: expect.any(Number), speed: expect.any(Number) }]);
      expect(await target.instances.names()).not.toContain(web.name);
      const copy = await web.copyTo(target, { mode });
      expect((await copy.files.readFile('/root/big')).length).toBe(4_500_000);
      await copy.delete();
    });

    it('a move leaves nothing behind, keeps its identity, and starts if asked', async () => {
      const moving = await makeWeb({
        profiles: [],
        devices: { root: { type: 'disk', path: '/', pool: 'default' } },
      });
      const { name, config } = moving;
      const moved = await moving.moveTo(target, { mode, start: true });
      expect(moved).toMatchObject({ name, status: 'Running', profiles: [] });
      expect(moved.config['volatile.uuid']).toBe(config['volatile.uuid']);
      expect(await moved.snapshots.names()).toEqual(['before']);
      expect((await moved.exec(['cat', '/root/text'])).stdout).toBe('after');
      expect(await source.instances.exists(name)).toBe(false);
      await expect(moving.fetch()).rejects.toThrow(/deleted/);
      await moved.delete({ force: true });
    });
  });

  it('with overrides and without snapshots', async () => {
    const web = await makeWeb({ ephemeral: true });
    const copy = await web.copyTo(target, {
      name: there.uniqueName('other'),
      instanceOnly: true,
      description: 'Another',
      config: { 'user.role': '', 'user.new': 'yes' },
      devices: { shm: { type: 'none' } },
      pool: 'default',
    });
    expect(copy).toMatchObject({ description: 'Another', ephemeral: true });
    expect(copy.config).toMatchObject({ 'user.new': 'yes', 'limits.memory': '64MiB' });
    expect(copy.config['user.role'] ?? '').toBe('');
    expect(copy.devices).toMatchObject({ proc: {}, shm: {}, root: { pool: 'default' } });
    expect(await copy.snapshots.names()).toEqual([]);
    await Promise.all([copy.delete(), web.delete()]);
  });

  it('is over when the time is, and before anything is sent where it cannot go well', async () => {
    const web = await makeWeb();
    await web.files.writeFile('/root/big', randomBytes(4_000_000));
    await slowly('1MB', async () => {
      const late = web.copyTo(target, { mode: 'relay', timeout: 1500 });
      await expect(late).rejects.toThrow(TimeoutError);
    });
    expect(await target.instances.names()).not.toContain(web.name);
    await expect(web.copyTo(target, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);

    await expect(web.copyTo(source.useProject('other'))).rejects.toThrow(/both are clients of one server/);
    await expect(web.copyTo({} as Client)).rejects.toThrow(InvalidInputError);
    await expect(web.copyTo(target, { mode: 'carry' as MigrationMode })).rejects.toThrow(InvalidInputError);
    web.config['security.protection.delete'] = 'true';
    await web.save();
    await expect(web.moveTo(target)).rejects.toThrow(/protected from being deleted/);
    delete web.config['security.protection.delete'];
    await web.save();
    await web.backups.create({ name: 'b' });
    await expect(web.moveTo(target)).rejects.toThrow(/backups \(b\)/);
    expect(await target.instances.names()).not.toContain(web.name);
    await web.delete();
  });

  it('a running one is copied as it is, and moved only live', async () => {
    const web = await makeWeb();
    await booted(await web.start());
    await expect(web.moveTo(target)).rejects.toThrow(/is running: stop it first, or ask for live: true/);
    // No CRIU here: what counts is that it was asked for, and that its refusal costs nothing.
    await expect(web.moveTo(target, { live: true })).rejects.toThrow(/CRIU|live migration/i);
    expect(await web.fetch()).toMatchObject({ status: 'Running' });
    expect(await target.instances.exists(web.name)).toBe(false);
    const copy = await web.copyTo(target, { allowInconsistent: true });
    expect(copy.status).toBe('Stopped');
    expect(await text(copy)).toBe('after');
    await Promise.all([web.delete({ force: true }), copy.delete()]);
  });

  it('refreshes a copy with its snapshots and configuration', async () => {
    const web = await makeWeb();
    const name = there.uniqueName('refreshed');
    const first = await web.copyTo(target, { name, refresh: true });
    await web.snapshots.create({ name: 'later' });
    await web.files.writeFile('/root/text', 'later, and longer'); // rsync goes by the length within one second
    web.config['user.role'] = 'other';
    await web.save();
    const second = await web.copyTo(target, { name, refresh: true });
    expect(second.config['user.role']).toBe('other');
    expect(second.config['volatile.uuid']).toBe(first.config['volatile.uuid']);
    expect((await second.snapshots.names()).toSorted()).toEqual(['before', 'later']);
    expect(await text(second)).toBe('later, and longer');
    await Promise.all([web.delete(), second.delete()]);
  });

  it('a server is found at its second address; none that answers is an error with all of them', async () => {
    const web = await makeWeb();
    const dead = await freeAddress();
    const [before, only] = [(real: string[]) => [dead, ...real], () => [dead]];
    for (const mode of ['pull', 'push'] as const) {
      const [of, other] = mode === 'pull' ? [here, target] : [there, source];
      const copyVia = async (addresses: typeof before, name: string) => {
        await using front = await advertising(of.socketPath, addresses);
        await using client = new Client({ socketPath: front.socketPath });
        const [from, to] = mode === 'pull' ? [client, other] : [other, client];
        const copied = await (await from.instances.get(web.name)).copyTo(to, { mode, name });
        return copied.name;
      };
      const name = there.uniqueName('second');
      expect(await copyVia(before, name)).toBe(name);
      const nowhere = await copyVia(only, `${name}-x`).catch((error: unknown) => error);
      expect(nowhere).toBeInstanceOf(ConnectionError);
      expect(nowhere).toMatchObject({
        message: expect.stringContaining("Mode 'relay'"),
        attempts: [{ address: `https://${dead}` }],
      });
      expect(await target.instances.names()).not.toContain(`${name}-x`);
      await target.instances.ref(name).delete();
    }
    await web.delete();
  }, 60_000);

  it('relay: over HTTPS, and between servers that are not on the network, where the others say what to do', async () => {
    const web = await makeWeb();
    const { cert, key } = await makeCertificate({ commonName: 'relay' });
    await Promise.all([here.trustClient(cert), there.trustClient(cert)]);
    {
      const [from, to] = [here, there].map(
        ({ httpsUrl, serverCert }) =>
          new Client({ endpoint: httpsUrl, clientCert: cert, clientKey: key, serverCert }),
      ) as [Client, Client];
      await using _from = from;
      await using _to = to;
      const copy = await (await from.instances.get(web.name)).copyTo(to, { mode: 'relay' });
      expect(await text(copy)).toBe('after');
      await copy.delete();
    }
    await Promise.all([listenOn(here, ''), listenOn(there, '')]);
    try {
      await expect(web.copyTo(target)).rejects.toThrow(UnsupportedError);
      await expect(web.copyTo(target, { mode: 'push' })).rejects.toThrow(/core\.https_address/);
      const copy = await web.copyTo(target, { mode: 'relay' });
      expect(await text(copy)).toBe('after');
    } finally {
      await Promise.all([here, there].map(async (one) => listenOn(one, await freeAddress())));
    }
    await Promise.all([web.delete(), target.instances.ref(web.name).delete()]);
  });

  it.each(['source', 'target'] as const)(
    'relay: cut at the %s, both notice and nothing is left',
    async (side) => {
      const web = await makeWeb();
      await web.files.writeFile('/root/big', randomBytes(8_000_000));
      const was = await raw(here, web);
      let websockets = 0;
      const of = side === 'source' ? here : there;
      // The second of the migration's websockets carries the files.
      const proxy = await proxyTo({ path: of.socketPath }, (line) =>
        / \/1\.0\/operations\/.*\/websocket/.test(line) && ++websockets === 2
          ? { kind: 'cut', direction: side === 'source' ? 'down' : 'up', at: 1_000_000 }
          : undefined,
      );
      await using client = new Client({ socketPath: proxy.socketPath });
      const [from, to] = side === 'source' ? [client, target] : [source, client];
      const cut = (await from.instances.get(web.name)).moveTo(to, { mode: 'relay' });
      await expect(cut).rejects.toThrow(OperationError);
      expect(websockets).toBe(2);
      expect(await target.instances.exists(web.name)).toBe(false);
      expect(await raw(here, web)).toEqual(was);
      await web.moveTo(target);
      await client.close();
      await proxy.close();
    },
  );

  it('from one project to another', async () => {
    const project = here.uniqueName('project');
    const features = { 'features.images': 'false', 'features.profiles': 'false' };
    for (const each of [here, there])
      await each.run('POST', '/1.0/projects', { name: project, config: features });
    const ours = source.useProject(project);
    const web = await ours.instances.create({ name: 'web', source: { alias: here.imageAlias } });
    const other = await web.copyTo(target);
    expect(other.project).toBe('default');
    const same = await web.moveTo(target, { project });
    expect(same.project).toBe(project);
    expect(await ours.instances.names()).toEqual([]);
    await same.delete();
    expect(await target.instances.names()).toContain('web');
    await other.delete();
  });
});
