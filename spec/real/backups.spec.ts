import { execFileSync } from 'node:child_process';
import { createReadStream } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  AbortedError,
  AlreadyExistsError,
  type Backup,
  BadRequestError,
  type Instance,
  InvalidInputError,
  NotFoundError,
  Operation,
  OperationError,
  type Progress,
  TimeoutError,
  UnsupportedError,
} from 'tslxd';
import { booted, makeBusybox, makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('backups', (server) => {
  const { client, requestsOf } = useClient(server);
  let web: Instance;
  let folder: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-backups-'));
    web = await makeBusybox(server, client, {
      config: { 'user.who': 'ä b=c' },
      description: 'the original',
      profiles: [],
      devices: { root: { type: 'disk', path: '/', pool: 'default' } },
    });
    await web.files.writeFile('/etc/mine', 'kept');
    await web.snapshots.create('first');
  });

  afterAll(() => rm(folder, { recursive: true, force: true }));

  it('are created, listed, renamed and deleted', async () => {
    const expiresAt = new Date(Date.now() + 3_600_000);
    const backup: Backup = await web.backups.create({
      name: 'one',
      expiresAt,
      instanceOnly: true,
      compressionAlgorithm: 'gzip',
    });
    expect(backup).toMatchObject({ name: 'one', instanceOnly: true, optimizedStorage: false });
    expect(backup.instance).toBe(web.name);
    expect(backup.expiresAt?.getTime()).toBe(Math.floor(expiresAt.getTime() / 1000) * 1000);
    expect(Date.now() - (backup.createdAt?.getTime() ?? 0)).toBeLessThan(60_000);
    const operation: Operation<Backup> = await web.backups.create(undefined, { wait: false });
    const chosen = await operation.wait();
    expect([chosen.name, chosen.instanceOnly, chosen.expiresAt]).toEqual(['backup0', false, null]);
    await backup.rename('renamed');
    expect(backup.name).toBe('renamed');
    expect((await web.backups.names()).sort()).toEqual(['backup0', 'renamed']);
    expect((await web.backups.all()).map(({ name }) => name).sort()).toEqual(['backup0', 'renamed']);
    expect(await web.backups.exists('one')).toBe(false);
    await (await web.backups.get('renamed')).delete();
    await chosen.delete();
    expect(await web.backups.names()).toEqual([]);
    await expect(web.backups.get('renamed')).rejects.toThrow(NotFoundError);
    await expect(web.backups.create('a/b')).rejects.toThrow(InvalidInputError);
    await expect(web.backups.create({ instanceOnly: 'yes' as never })).rejects.toThrow(InvalidInputError);
    const unknown = web.backups.create({ compressionAlgorithm: 'rot13' });
    await expect(unknown).rejects.toThrow(/POST \/1\.0\/instances\/[^/]+\/backups/);
    await expect(client.instances.ref('no-such').backups.create('x')).rejects.toThrow(NotFoundError);
  });

  it('are downloaded, as a stream and to a file', async () => {
    const backup = await web.backups.create({ name: 'two', compressionAlgorithm: 'none' });
    const bytes = await buffer(await backup.export());
    const file = join(folder, 'two.tar');
    await writeFile(file, 'something older');
    const seen: Progress[] = [];
    expect(await backup.exportTo(file, { onProgress: (progress) => seen.push(progress) })).toBe(file);
    expect((await readFile(file)).equals(bytes)).toBe(true);
    expect(seen.at(-1)).toMatchObject({ stage: 'download', percent: 100, bytes: bytes.length });
    expect(execFileSync('tar', ['-tf', file], { encoding: 'utf8' })).toContain('backup/index.yaml');
    await backup.delete();
    await expect(backup.exportTo(file)).rejects.toThrow(/deleted/);
    await expect(web.backups.ref('gone').exportTo(join(folder, 'gone'))).rejects.toThrow(NotFoundError);
    expect(await readdir(folder)).toEqual(['two.tar']);
  });

  it('an export leaves a file and no backup, and is imported by path, bytes and stream', async () => {
    const file = join(folder, 'web.tar.gz');
    const seen: Progress[] = [];
    const onProgress = (progress: Progress) => seen.push(progress);
    expect(await web.exportTo(file, { onProgress })).toBe(file);
    expect(seen.at(-1)).toMatchObject({ stage: 'download', percent: 100 });
    expect(await web.backups.names()).toEqual([]);
    expect((await stat(file)).size).toBe(seen.at(-1)?.bytes);

    seen.length = 0;
    const made: Instance[] = [];
    for (const from of [file, await readFile(file), createReadStream(file)]) {
      const name = server.uniqueName('imported');
      made.push(await client.instances.import(from, { name, onProgress }));
      expect(made.at(-1)?.name).toBe(name);
    }
    expect(seen.filter(({ stage, percent }) => stage === 'upload' && percent === 100)).toHaveLength(2);
    const [one] = made;
    if (!one) throw new Error('nothing was imported');
    expect(one).toMatchObject({ description: 'the original', profiles: [], type: 'container' });
    expect(one.config['user.who']).toBe('ä b=c');
    expect(await one.files.readFile('/etc/mine', 'utf8')).toBe('kept');
    expect(await one.snapshots.names()).toEqual(['first']);
    await one.start();
    expect((await one.exec(['cat', '/etc/mine'])).stdout).toBe('kept');
    await booted(one);
    await one.delete({ force: true });

    const again = client.instances.import(file, { name: made[1]!.name });
    await expect(again).rejects.toThrow(AlreadyExistsError);
    const operation = await client.instances.import(file, {
      name: server.uniqueName('later'),
      wait: false,
    });
    expect(operation).toBeInstanceOf(Operation);
    await (await operation.wait()).delete();
  });

  it('without its snapshots, and as a source of create(), started', async () => {
    const file = join(folder, 'alone.tar');
    await web.exportTo(file, { instanceOnly: true, compressionAlgorithm: 'none' });
    const name = server.uniqueName('alone');
    const made = await client.containers.create({ name, source: { type: 'backup', file }, start: true });
    expect([made.name, made.status]).toEqual([name, 'Running']);
    expect(await made.snapshots.names()).toEqual([]);
    await made.delete({ force: true });
  });

  it('under the name that it had, when nothing else is said', async () => {
    const name = server.uniqueName('back');
    const first = await makeEmpty(server, client, { name, config: { 'user.a': '1' } });
    const file = join(folder, 'back.tar');
    await first.exportTo(file);
    await first.delete();
    const made = await client.instances.import(file);
    expect([made.name, made.config['user.a']]).toEqual([name, '1']);
  });

  it('of a running instance, with what its project says', async () => {
    const project = server.uniqueName('backed');
    const config = { 'features.profiles': 'false', 'features.images': 'false' };
    await server.run('POST', '/1.0/projects', { name: project, config });
    const there = client.useProject(project);
    const running = await makeBusybox(server, there, { start: true });
    const file = join(folder, 'running.tar');
    await running.exportTo(file);
    expect(await running.backups.names()).toEqual([]);
    const made = await there.instances.import(file, { name: server.uniqueName('copy') });
    expect(made.project).toBe(project);
    await running.delete({ force: true });
  });

  it('overrides that this server cannot apply are refused, and what is no backup is an error', async () => {
    const file = join(folder, 'no.tar');
    await writeFile(file, 'no tar at all');
    const devices = { eth0: { type: 'none' } };
    await expect(client.instances.import(file, { devices })).rejects.toThrow(UnsupportedError);
    await expect(client.instances.import(file, { config: { 'user.a': '1' } })).rejects.toThrow(
      UnsupportedError,
    );
    const wrong: unknown = await client.instances.import(file).catch((error: unknown) => error);
    expect(wrong).toBeInstanceOf(Error);
    expect((wrong as Error).message).toMatch(/^POST \/1\.0\/instances: /);
    await expect(client.instances.import(Buffer.alloc(0))).rejects.toThrow(/POST \/1\.0\/instances/);
    await expect(client.instances.import(file, { pool: 'no-such-pool' })).rejects.toThrow();
    const sent = await requestsOf(async () => {
      await expect(client.instances.import(join(folder, 'none'))).rejects.toThrow(InvalidInputError);
      await expect(client.instances.import(folder)).rejects.toThrow(InvalidInputError);
      await expect(client.instances.import(file, { name: 'a/b' })).rejects.toThrow(InvalidInputError);
      await expect(client.instances.import(7 as never)).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('what cannot be written is said before a backup is made', async () => {
    const sent = await requestsOf(async () => {
      await expect(web.exportTo(join(folder, 'no', 'such'))).rejects.toThrow(InvalidInputError);
      await expect(web.exportTo(folder)).rejects.toThrow(InvalidInputError);
      await expect(web.exportTo('')).rejects.toThrow(InvalidInputError);
    });
    expect(sent).toEqual([]);
  });

  it('an export that is aborted or late leaves neither file nor backup', async () => {
    const empty = await mkdtemp(join(folder, 'aborted-'));
    const file = join(empty, 'web.tar');
    const controller = new AbortController();
    const aborted = web.exportTo(file, {
      signal: controller.signal,
      compressionAlgorithm: 'none',
      onProgress: () => controller.abort(),
    });
    await expect(aborted).rejects.toThrow(AbortedError);
    await expect(web.exportTo(file, { timeout: 1 })).rejects.toThrow(TimeoutError);
    await expect(web.exportTo(file, { signal: AbortSignal.abort() })).rejects.toThrow(AbortedError);
    expect(await readdir(empty)).toEqual([]);
    expect(await web.backups.names()).toEqual([]);
  });

  it('a refused export leaves nothing', async () => {
    const empty = await mkdtemp(join(folder, 'refused-'));
    const file = join(empty, 'web.tar');
    const refused: unknown = await web
      .exportTo(file, { compressionAlgorithm: 'rot13' })
      .catch((error: unknown) => error);
    expect(refused instanceof BadRequestError || refused instanceof OperationError).toBe(true);
    await expect(client.instances.ref('no-such').exportTo(file)).rejects.toThrow(NotFoundError);
    expect(await readdir(empty)).toEqual([]);
    expect(await web.backups.names()).toEqual([]);
  });
});
