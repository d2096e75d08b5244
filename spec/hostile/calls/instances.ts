import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ImageMetadata, Instance, Snapshot } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, managerQuiet, modelQuiet, quiet, taken, type Calls } from './call.js';

const web = callsOn((client) => client.instances.get('web')); // runs
const off = callsOn((client) => client.instances.get('off')); // does not
const cold = callsOn((client) => client.instances.get('cold')); // is frozen
const machine = callsOn((client) => client.instances.get('machine')); // is virtual
const manager = callsOn((client) => client.instances);
const snapshots = callsOn(async (client) => (await client.instances.get('web')).snapshots);
const allSnapshots = callsOn((client) => client.snapshots);
const snapshot = callsOn(async (client) => (await client.instances.get('off')).snapshots.get('s1'));
const withBackup = {
  before: async (fake: FakeServer) => {
    await (await fake.client().instances.get('off')).backups.create('b1');
  },
};
const backups = callsOn(async (client) => (await client.instances.get('off')).backups, withBackup);
const backup = callsOn(async (client) => (await client.instances.get('off')).backups.ref('b1'), withBackup);
const logs = callsOn((client) => client.instances.ref('web').logs);
const metadata = callsOn((client) => client.instances.ref('web').metadata);
const templates = callsOn((client) => client.instances.ref('web').templates);

const local = quiet('asks no server');

function edited(instance: Instance): Instance {
  instance.config['user.odd'] = 'yes';
  instance.description = 'odd';
  return instance;
}

const terminal = () => ({ stdin: new PassThrough().end() as never, stdout: new PassThrough().resume() });

export const instanceCalls: Record<string, Calls> = {
  Instance: {
    ...modelQuiet,
    refreshed: quiet('is for the SDK itself'),
    fetch: web((instance, { timed }) => instance.fetch(timed)),
    save: [
      web((instance, { timed }) => edited(instance).save(timed)),
      web(async (instance, { timed }) => {
        instance.profiles = ['default'];
        delete instance.devices.none;
        instance.devices.data = { type: 'disk', source: '/srv', path: '/srv' };
        return instance.save(timed);
      }),
    ],
    delete: [
      off((instance, { timed }) => instance.delete(timed)),
      web((instance, { timed }) => instance.delete({ force: true, ...timed })),
    ],
    rename: off((instance, { timed }) => instance.rename('renamed', timed)),
    state: web((instance, { timed }) => instance.state(timed)),
    start: [
      off((instance, { timed }) => instance.start(timed)),
      off(async (instance, { timed }) => (await instance.start({ wait: false, ...timed })).wait(timed)),
    ],
    stop: web((instance, { timed }) => instance.stop({ force: true, ...timed })),
    restart: web((instance, { timed }) => instance.restart({ force: true, ...timed })),
    freeze: web((instance, { timed }) => instance.freeze(timed)),
    unfreeze: cold((instance, { timed }) => instance.unfreeze(timed)),
    setState: off((instance, { timed }) => instance.setState('start', timed)),
    exec: [
      web((instance, { timed }) => instance.exec(['echo', 'hello'], timed)),
      web(async (instance, { timed }) => {
        const process = instance.exec(['echo', 'hello'], { buffer: false, ...timed });
        const [out] = await Promise.all([buffer(process.stdout), process]);
        return out;
      }),
      web((instance, { timed }) => taken(instance.exec(['echo', 'hello'], timed))),
      web((instance, { timed }) => instance.exec(['cat'], { input: 'hello', ...timed })),
      web((instance, { timed }) => instance.exec(['sh'], { interactive: true, input: 'exit\n', ...timed })),
      web((instance, { timed }) =>
        instance.exec(['echo', 'hello'], { interactive: true, ...timed }).attach(terminal()),
      ),
      web((instance, { timed }) => instance.exec(['echo', 'hello'], { record: true, ...timed })),
      web((instance, { timed }) => {
        const process = instance.exec(['sleep', '9'], timed);
        setTimeout(() => process.kill(), 20);
        return process;
      }),
    ],
    console: [
      web(async (instance, { signalled }) => {
        const session = await instance.console(signalled);
        session.stream.on('error', () => undefined).resume();
        session.resize(80, 24);
        await session.detach();
        await session.ended;
      }),
      machine(async (instance, { signalled }) => {
        const screen = await instance.console({ type: 'vga', ...signalled });
        const socket = await screen.connect();
        socket.on('error', () => undefined).resume();
        socket.write('odd');
        await screen.close();
      }),
    ],
    consoleLog: web((instance, { timed }) => instance.consoleLog(timed)),
    clearConsoleLog: web((instance, { timed }) => instance.clearConsoleLog(timed)),
    restore: web((instance, { timed }) => instance.restore('s1', timed)),
    publish: off((instance, { timed }) => instance.publish({ aliases: ['published'], ...timed })),
    exportTo: off((instance, { timed, file }) => instance.exportTo(file, timed)),
    copy: [
      off((instance, { timed }) => instance.copy('copy', timed)),
      off((instance, { timed }) => instance.copy('copy', { snapshot: 's1', start: true, ...timed })),
    ],
    move: off((instance, { timed }) => instance.move({ pool: 'fast', ...timed })),
    rebuild: callsOn(async (client) => client.instances.get('bare'))(
      (instance, { timed }) => instance.rebuild({ alias: 'tiny' }, timed),
      { server: 'incus' },
    ),
    copyTo: (['pull', 'push', 'relay'] as const).map((mode) =>
      off((instance, { timed, other }) => instance.copyTo(other, { mode, name: 'twin', ...timed })),
    ),
    moveTo: off((instance, { timed, other }) => instance.moveTo(other, { name: 'twin', ...timed })),
    addresses: web((instance, { timed }) => instance.addresses(timed)),
    watch: web((instance, { signalled }) => taken(instance.watch(signalled), 3), { isEndless: true }),
    waitFor: [
      web((instance, { timed }) => instance.waitFor('running', timed)),
      web((instance, { timed }) => instance.waitFor('ip', { interval: 20, ...timed })),
      web((instance, { timed }) => instance.waitFor((_, { processes }) => processes > 0, timed)),
    ],
  },

  InstanceManager: {
    ...managerQuiet,
    get: manager((instances, { timed }) => instances.get('web', timed)),
    all: [0, 1, 2].map((recursion) =>
      manager((instances, { timed }) => instances.all({ recursion: recursion as 0 | 1 | 2, ...timed })),
    ),
    names: manager((instances, { timed }) => instances.names(timed)),
    exists: manager((instances, { timed }) => instances.exists('web', timed)),
    asyncIterator: manager((instances) => taken(instances)),
    create: [
      manager((instances, { timed }) => instances.create({ name: 'new', source: 'tiny' }, timed)),
      manager((instances, { timed }) =>
        instances.create({ name: 'new', source: 'tiny', start: true }, timed),
      ),
      manager((instances, { timed }) => instances.create({ source: { type: 'none' } }, timed)),
    ],
    import: manager((instances, { timed }) =>
      instances.import(Buffer.from('not a backup'), { name: 'new', ...timed }),
    ),
    ensure: [
      manager((instances, { timed }) =>
        instances.ensure('off', { source: 'tiny', config: { 'user.odd': 'yes' } }, timed),
      ),
      manager((instances, { timed }) => instances.ensure('new', { source: 'tiny' }, timed)),
    ],
    saveAll: callsOn(async (client) => {
      const models = [await client.instances.get('web'), await client.instances.get('off')];
      return { instances: client.instances, models: models.map(edited) };
    })(({ instances, models }, { timed }) => instances.saveAll(models, timed)),
    watch: manager((instances, { signalled }) => taken(instances.watch(signalled), 3)),
  },

  SnapshotManager: {
    ...managerQuiet,
    listed: quiet('is for the SDK itself'),
    get: snapshots((of, { timed }) => of.get('s1', timed)),
    all: [0, 1].map((recursion) =>
      snapshots((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: snapshots((of, { timed }) => of.names(timed)),
    exists: snapshots((of, { timed }) => of.exists('s1', timed)),
    asyncIterator: snapshots((of) => taken(of)),
    create: [
      snapshots((of, { timed }) => of.create('s2', timed)),
      snapshots((of, { timed }) => of.create({}, timed)),
    ],
    saveAll: callsOn(async (client) => {
      const of = (await client.instances.get('web')).snapshots;
      const models = await of.all();
      for (const model of models) model.expiresAt = new Date(2_000_000_000_000);
      return { of, models };
    })(({ of, models }, { timed }) => of.saveAll(models, timed)),
  },

  AllSnapshotsManager: {
    ...managerQuiet,
    get: allSnapshots((of, { timed }) => of.get('web/s1', timed)),
    all: [0, 1].map((recursion) =>
      allSnapshots((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: allSnapshots((of, { timed }) => of.names(timed)),
    exists: allSnapshots((of, { timed }) => of.exists('web/s1', timed)),
    asyncIterator: allSnapshots((of) => taken(of)),
    create: allSnapshots((of, { timed }) => of.create('web/s2', timed)),
    saveAll: callsOn(async (client) => {
      const models = await client.snapshots.all();
      for (const model of models) model.expiresAt = new Date(2_000_000_000_000);
      return { of: client.snapshots, models };
    })(({ of, models }, { timed }) => of.saveAll(models, timed)),
  },

  Snapshot: {
    ...modelQuiet,
    fetch: snapshot((one, { timed }) => one.fetch(timed)),
    save: snapshot((one: Snapshot, { timed }) => {
      one.expiresAt = new Date(2_000_000_000_000);
      return one.save(timed);
    }),
    delete: snapshot((one, { timed }) => one.delete(timed)),
    rename: snapshot((one, { timed }) => one.rename('s9', timed)),
    restore: snapshot((one, { timed }) => one.restore(timed)),
    copy: snapshot((one, { timed }) => one.copy('copy', timed)),
    copyTo: snapshot((one, { timed, other }) => one.copyTo(other, { name: 'twin', ...timed })),
    publish: snapshot((one, { timed }) => one.publish(timed)),
  },

  BackupManager: {
    ...managerQuiet,
    get: backups((of, { timed }) => of.get('b1', timed)),
    all: [0, 1].map((recursion) =>
      backups((of, { timed }) => of.all({ recursion: recursion as 0 | 1, ...timed })),
    ),
    names: backups((of, { timed }) => of.names(timed)),
    exists: backups((of, { timed }) => of.exists('b1', timed)),
    asyncIterator: backups((of) => taken(of)),
    create: [
      backups((of, { timed }) => of.create('b2', timed)),
      backups((of, { timed }) => of.create({}, timed)),
    ],
    saveAll: quiet('nothing of a backup can be written'),
  },

  Backup: {
    ...modelQuiet,
    open: quiet('is for the SDK itself'),
    fetch: backup((one, { timed }) => one.fetch(timed)),
    save: quiet('nothing of a backup can be written'),
    delete: backup((one, { timed }) => one.delete(timed)),
    rename: backup((one, { timed }) => one.rename('b9', timed)),
    export: backup(async (one, { timed }) => buffer(await one.export(timed))),
    exportTo: backup((one, { timed, file }) => one.exportTo(file, timed)),
  },

  InstanceLogs: {
    names: logs((of, { timed }) => of.names(timed)),
    read: logs((of, { timed }) => of.read('lxc.log', timed)),
    stream: logs(async (of, { timed }) => buffer(await of.stream('lxc.log', timed))),
    delete: logs((of, { timed }) => of.delete('lxc.log', timed)),
  },

  InstanceMetadata: {
    get: metadata((of, { timed }) => of.get(timed)),
    put: metadata((of, { timed }) => of.put({ architecture: 'x86_64' } as ImageMetadata, timed)),
    edit: metadata((of, { timed }) =>
      of.edit((data) => {
        data.properties = { odd: 'yes' };
      }, timed),
    ),
  },

  InstanceTemplates: {
    names: templates((of, { timed }) => of.names(timed)),
    read: templates((of, { timed }) => of.read('hostname.tpl', timed)),
    write: templates((of, { timed }) => of.write('odd.tpl', 'odd', timed)),
    delete: templates((of, { timed }) => of.delete('hostname.tpl', timed)),
  },

  ExecProcess: {
    kill: quiet('is walked by exec()'),
    resize: quiet('tells a socket that exec() has opened'),
    attach: quiet('is walked by exec()'),
    then: quiet('is walked by exec()'),
    catch: quiet('is walked by exec()'),
    finally: quiet('is walked by exec()'),
    asyncIterator: quiet('is walked by exec()'),
  },

  ConsoleSession: {
    resize: quiet('is walked by console()'),
    detach: quiet('is walked by console()'),
    attach: web(async (instance, { signalled }) => {
      const session = await instance.console(signalled);
      setTimeout(() => void session.detach(), 20);
      return session.attach(terminal());
    }),
    asyncDispose: quiet('is detach()'),
  },

  VgaConsole: {
    connect: quiet('is walked by console()'),
    close: quiet('is walked by console()'),
    asyncDispose: quiet('is close()'),
  },

  FileInfo: { isFile: local, isDirectory: local, isSymbolicLink: local },
};
