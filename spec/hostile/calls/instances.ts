import { PassThrough } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import type { ImageMetadata, Instance, Snapshot } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, taken, undone, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const web = callsOn((client) => client.instances.get('web')); // runs
const off = callsOn((client) => client.instances.get('off')); // does not
const cold = callsOn((client) => client.instances.get('cold')); // is frozen
const machine = callsOn((client) => client.instances.get('machine')); // is virtual
const vm = callsOn((client) => client.instances.get('vm')); // is virtual, and off
const nvram = callsOn(async (client) => (await client.instances.get('vm')).nvram, { server: 'incus' });
const boot = 'guid/BootOrder';
const booting = {
  before: (fake: FakeServer) =>
    fake
      .client()
      .instances.ref('vm')
      .nvram.set(boot, { binary: Buffer.of(1) }),
};
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
const hook = quiet('is for the SDK itself');

function edited(instance: Instance): void {
  instance.config['user.odd'] = 'yes';
  instance.description = 'odd';
}

function expiring(snapshot: Snapshot): void {
  snapshot.expiresAt = new Date(2_000_000_000_000);
}

const terminal = () => ({ stdin: new PassThrough().end() as never, stdout: new PassThrough().resume() });

export const instanceCalls: Record<string, Calls> = {
  Instance: {
    ...modelCalls(async (client) => client.instances.get('off'), { edit: edited }),
    refreshed: hook,
    save: [
      web((instance, { timed }) => {
        edited(instance);
        return instance.save(timed);
      }),
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
    access: web((instance, { timed }) => instance.access(timed), { server: 'incus' }),
    debugMemory: machine(async (instance, { timed }) => buffer(await instance.debugMemory(timed)), {
      server: 'incus',
    }),
    uefiVars: vm((instance, { timed }) => instance.uefiVars(timed)),
    editUefiVars: vm((instance, { timed }) =>
      instance.editUefiVars((variables) => {
        variables.odd = { data: '00', attr: 7, timestamp: '', digest: '' };
      }, timed),
    ),
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
    exportTo: off((instance, { timed, file }) => instance.exportTo(file, timed), {
      slow: 'the backup has to be made before it can be deleted',
    }),
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
      off((instance, { timed, other }) => instance.copyTo(other, { mode, name: 'twin', ...timed }), undone),
    ),
    moveTo: off((instance, { timed, other }) => instance.moveTo(other, { name: 'twin', ...timed }), undone),
    address: web((instance, { timed }) => instance.address(timed)),
    addresses: web((instance, { timed }) => instance.addresses(timed)),
    watch: web((instance, { signalled }) => taken(instance.watch(signalled), 3), { isEndless: true }),
    waitFor: [
      web((instance, { timed }) => instance.waitFor('running', timed)),
      web((instance, { timed }) => instance.waitFor('ip', { interval: 20, ...timed })),
      web((instance, { timed }) => instance.waitFor((_, { processes }) => processes > 0, timed)),
    ],
  },

  InstanceManager: {
    ...managerCalls((client) => client.instances, { key: 'web', edit: edited }),
    create: [
      manager((instances, { timed }) => instances.create({ name: 'new', source: 'tiny' }, timed)),
      manager((instances, { timed }) =>
        instances.create({ name: 'new', source: 'tiny', start: true }, timed),
      ),
      manager((instances, { timed }) => instances.create({ source: { type: 'none' } }, timed)),
    ],
    setState: [
      manager((instances, { timed }) => instances.setState('start', timed)),
      manager((instances, { timed }) => instances.setState('stop', { force: true, ...timed })),
      manager((instances, { timed }) => instances.setState('start', { filter: { name: 'off' }, ...timed })),
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
  },

  InstanceNvram: {
    names: nvram((of, { timed }) => of.names(timed), booting),
    all: nvram((of, { timed }) => of.all(timed), booting),
    get: nvram((of, { timed }) => of.get(boot, timed), booting),
    find: nvram((of, { timed }) => of.find(boot, timed), booting),
    exists: nvram((of, { timed }) => of.exists(boot, timed), booting),
    set: [
      nvram((of, { timed }) => of.set(boot, { binary: Buffer.of(1) }, timed)),
      nvram((of, { timed }) => of.set(boot, { data: 1 }, timed)),
    ],
    delete: nvram((of, { timed }) => of.delete(boot, timed), booting),
    asyncIterator: nvram((of) => taken(of), booting),
  },

  SnapshotManager: {
    ...managerCalls(async (client) => (await client.instances.get('web')).snapshots, {
      key: 's1',
      edit: expiring,
    }),
    listed: hook,
    create: [
      snapshots((of, { timed }) => of.create('s2', timed)),
      snapshots((of, { timed }) => of.create({}, timed)),
    ],
    ensure: snapshots((of, { timed }) => of.ensure('s3', {}, timed)),
  },

  AllSnapshotsManager: {
    ...managerCalls((client) => client.snapshots, { key: 'web/s1', edit: expiring }),
    create: allSnapshots((of, { timed }) => of.create('web/s2', timed)),
    ensure: allSnapshots((of, { timed }) => of.ensure('web/s3', {}, timed)),
  },

  Snapshot: {
    ...modelCalls(async (client) => client.snapshots.get('off/s1'), { edit: expiring }),
    restore: snapshot((one, { timed }) => one.restore(timed)),
    copy: snapshot((one, { timed }) => one.copy('copy', timed)),
    copyTo: snapshot((one, { timed, other }) => one.copyTo(other, { name: 'twin', ...timed })),
    publish: snapshot((one, { timed }) => one.publish(timed)),
  },

  BackupManager: {
    ...managerCalls(async (client) => (await client.instances.get('off')).backups, {
      key: 'b1',
      common: withBackup,
    }),
    create: [
      backups((of, { timed }) => of.create('b2', timed)),
      backups((of, { timed }) => of.create({}, timed)),
    ],
    ensure: backups((of, { timed }) => of.ensure('b3', {}, timed)),
  },

  Backup: {
    ...modelCalls(async (client) => (await client.instances.get('off')).backups.get('b1'), {
      common: withBackup,
    }),
    open: hook,
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
    iterable: web((instance, { timed }) =>
      taken(instance.exec(['echo', 'hello'], timed).iterable({ from: 'all' })),
    ),
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

  InstanceState: { addresses: local },

  FileInfo: { isFile: local, isDirectory: local, isSymbolicLink: local },
};
