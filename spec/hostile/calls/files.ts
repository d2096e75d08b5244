import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { once } from 'node:events';
import type { FileAccess } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, type Calls } from './call.js';

/** What of the fake's `web` these ask for, in a volume. */
const withFiles = {
  server: 'incus',
  before: async (fake: FakeServer) => {
    const { files } = await fake.client().storagePools.ref('default').volumes.create('data');
    for (const folder of ['/etc', '/tmp', '/srv/a']) await files.mkdir(folder, { recursive: true });
    for (const path of ['/etc/motd', '/srv/a/one', '/srv/two']) await files.writeFile(path, 'text');
    await files.symlink('/etc/motd', '/srv/link');
  },
} as const;

type Files = ReturnType<typeof callsOn<FileAccess>>;

const ofInstance = callsOn<FileAccess>((client) => client.instances.ref('web').files);
const ofVolume = callsOn<FileAccess>(
  (client) => client.storagePools.ref('default').volumes.ref('data').files,
  withFiles,
);

function callsFor(files: Files): Calls {
  return {
    readFile: files((of, { timed }) => of.readFile('/etc/motd', timed)),
    writeFile: [
      files((of, { timed }) => of.writeFile('/tmp/new', 'odd', timed)),
      files((of, { timed }) => of.writeFile('/tmp/new', 'odd', { mode: 0o600, ...timed })),
    ],
    appendFile: files((of, { timed }) => of.appendFile('/etc/motd', 'odd', timed)),
    readdir: files((of, { timed }) => of.readdir('/srv', timed)),
    mkdir: files((of, { timed }) => of.mkdir('/srv/a/new', { recursive: true, ...timed })),
    rm: [
      files((of, { timed }) => of.rm('/etc/motd', timed)),
      files((of, { timed }) => of.rm('/srv', { recursive: true, ...timed })),
      files((of, { timed }) => of.rm('/srv/none', { force: true, ...timed })),
    ],
    stat: files((of, { timed }) => of.stat('/etc/motd', timed)),
    lstat: files((of, { timed }) => of.lstat('/etc/motd', timed)),
    exists: files((of, { timed }) => of.exists('/etc/motd', timed)),
    symlink: files((of, { timed }) => of.symlink('/etc/motd', '/tmp/link', timed)),
    readlink: files(
      (of, { timed }) => of.readlink('/srv/link', timed),
      files === ofInstance
        ? { before: (fake) => fake.client().instances.ref('web').files.symlink('/etc/motd', '/srv/link') }
        : {},
    ),
    createReadStream: files((of, { timed }) => buffer(of.createReadStream('/etc/motd', timed))),
    createWriteStream: files(async (of, { timed }) => {
      const stream = of.createWriteStream('/tmp/new', timed);
      stream.end('odd');
      await once(stream, 'finish');
    }),
    push: files(async (of, { signalled, file }) => {
      await mkdir(join(file, 'inner'), { recursive: true });
      await writeFile(join(file, 'inner/one'), 'odd');
      return of.push(file, '/srv/pushed', signalled);
    }),
    pull: files((of, { signalled, file }) => of.pull('/srv', file, signalled)),
    sftpSocket: files(
      async (of, { timed }) => {
        const socket = await of.sftpSocket(timed);
        socket.on('error', () => undefined).destroy();
      },
      { server: 'incus' },
    ),
  };
}

export const fileCalls: Record<string, Calls> = {
  InstanceFiles: callsFor(ofInstance),
  VolumeFiles: callsFor(ofVolume),
};
