import { buffer } from 'node:stream/consumers';
import type { BucketKey, Client, StorageBucket } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const pool = (client: Client) => client.storagePools.ref('default');
const described = (model: StorageBucket | BucketKey) => {
  model.description = 'odd';
};
const hook = quiet('is for the SDK itself');

const withBackup = {
  before: async (fake: FakeServer) => {
    const data = await fake.client().storagePools.ref('default').volumes.create('data');
    await data.backups.create('b1');
  },
};
/** A bucket with a key and a backup. */
const withBucket = {
  server: 'incus',
  before: async (fake: FakeServer) => {
    const data = await fake.client().storagePools.ref('default').buckets.create('data');
    await data.keys.create({ name: 'reader', role: 'read-only' });
    await data.backups.create('b1');
  },
} as const;

const volumes = callsOn((client) => pool(client).volumes);
const volume = callsOn((client) => pool(client).volumes.ref('data'), withBackup);
const volumeBackup = callsOn((client) => pool(client).volumes.ref('data').backups.ref('b1'), withBackup);
const buckets = callsOn((client) => pool(client).buckets, withBucket);
const bucket = callsOn((client) => pool(client).buckets.ref('data'), withBucket);
const keys = callsOn((client) => pool(client).buckets.ref('data').keys, withBucket);
const bucketBackup = callsOn((client) => pool(client).buckets.ref('data').backups.ref('b1'), withBucket);

/** Of a volume, what is beside the usual. */
export const volumeExport = volume((one, { timed, file }) => one.exportTo(file, timed), {
  slow: 'the backup has to be made before it can be deleted',
});

/** Of the volumes of a pool. */
export const volumeImports = [
  volumes((of, { timed }) => of.import(Buffer.from('not a backup'), { name: 'new', ...timed })),
  volumes(
    (of, { timed }) =>
      of.import(Buffer.from('an image'), { name: 'new', format: 'iso', description: 'odd', ...timed }),
    { server: 'incus' },
  ),
];

export const dataCalls: Record<string, Calls> = {
  VolumeBackup: {
    ...modelCalls(async (client) => pool(client).volumes.ref('data').backups.get('b1'), {
      common: withBackup,
    }),
    open: hook,
    export: volumeBackup(async (one, { timed }) => buffer(await one.export(timed))),
    exportTo: volumeBackup((one, { timed, file }) => one.exportTo(file, timed)),
  },

  BucketManager: {
    ...managerCalls((client) => pool(client).buckets, {
      key: 'data',
      edit: described,
      common: withBucket,
    }),
    create: buckets((of, { timed }) => of.create('new', timed)),
    ensure: buckets((of, { timed }) => of.ensure('data', { description: 'odd' }, timed)),
    import: buckets((of, { timed }) => of.import(Buffer.from('not a backup'), { name: 'new', ...timed })),
  },

  StorageBucket: {
    ...modelCalls(async (client) => pool(client).buckets.get('data'), {
      edit: described,
      common: withBucket,
    }),
    rename: quiet('a bucket cannot be renamed'),
    exportTo: bucket((one, { timed, file }) => one.exportTo(file, timed), {
      slow: 'the backup has to be made before it can be deleted',
    }),
  },

  BucketKeyManager: {
    ...managerCalls((client) => pool(client).buckets.ref('data').keys, {
      key: 'reader',
      edit: described,
      common: withBucket,
    }),
    create: keys((of, { timed }) => of.create({ name: 'new', role: 'admin' }, timed)),
    ensure: keys((of, { timed }) => of.ensure('reader', { role: 'admin' }, timed)),
  },

  BucketKey: {
    ...modelCalls(async (client) => pool(client).buckets.ref('data').keys.get('reader'), {
      edit: described,
      common: withBucket,
    }),
    rename: quiet('a key cannot be renamed'),
  },

  BucketBackup: {
    ...modelCalls(async (client) => pool(client).buckets.ref('data').backups.get('b1'), {
      common: withBucket,
    }),
    rename: quiet('a backup of a bucket cannot be renamed'),
    open: hook,
    export: bucketBackup(async (one, { timed }) => buffer(await one.export(timed))),
    exportTo: bucketBackup((one, { timed, file }) => one.exportTo(file, timed)),
  },
};
