import type { StorageVolume } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, undone, type Calls } from './call.js';
import { managerCalls } from './kinds.js';

/** A volume with a snapshot, a second pool, and a volume that an instance has. */
const withVolumes = {
  before: async (fake: FakeServer) => {
    const { storagePools } = fake.client();
    const { volumes } = storagePools.ref('default');
    const data = await volumes.create({ name: 'data' });
    await data.snapshots.create({ name: 's1' });
    const used = await volumes.create('used');
    await used.attachTo('off', { path: '/used' });
  },
};

const volume = callsOn((client) => client.storagePools.ref('default').volumes.get('data'), withVolumes);
const used = callsOn((client) => client.storagePools.ref('default').volumes.get('used'), withVolumes);
const all = callsOn((client) => client.storagePools.volumes, withVolumes);

/** What a volume has beside the usual. */
export const volumeMoves: Calls = {
  copy: [
    volume((one, { timed }) => one.copy('copy', timed)),
    volume((one, { timed }) => one.copy('copy', { description: '', snapshot: 's1', ...timed })),
  ],
  move: volume((one, { timed }) => one.move({ pool: 'fast', ...timed })),
  copyTo: (['pull', 'push', 'relay'] as const).map((mode) =>
    volume((one, { timed, other }) => one.copyTo(other, { pool: 'fast', mode, ...timed }), undone),
  ),
  moveTo: volume((one, { timed, other }) => one.moveTo(other, { pool: 'fast', ...timed }), undone),
  attachTo: volume((one, { timed }) => one.attachTo('off', { path: '/data', ...timed })),
  detachFrom: used((one, { timed }) => one.detachFrom('off', timed)),
};

/** Those of the volumes of all pools. */
export const allVolumeCalls: Calls = {
  ...managerCalls((client) => client.storagePools.volumes, {
    key: 'default/custom/data',
    edit: (one: StorageVolume) => {
      one.description = 'odd';
    },
    common: withVolumes,
  }),
  create: all((of, { timed }) => of.create('default/custom/new', timed)),
  ensure: all((of, { timed }) => of.ensure('default/custom/data', { description: 'odd' }, timed)),
};
