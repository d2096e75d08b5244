import type { Network, NetworkAcl, StoragePool, StorageVolume, VolumeSnapshot } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { volumeExport, volumeImports } from './data.js';
import { managerCalls, modelCalls } from './kinds.js';
import { allVolumeCalls, volumeMoves } from './volumes.js';

const withNetwork = {
  before: (fake: FakeServer) =>
    fake.add('/1.0/networks', { name: 'net0', config: { 'ipv4.address': '10.9.0.1/24' } }),
};
const withAcl = {
  before: (fake: FakeServer) =>
    fake.client().networks.acls.create({
      name: 'web',
      ingress: [{ action: 'allow', state: 'enabled', protocol: 'tcp', destinationPort: '80' }],
    }),
};
/** A volume with a snapshot in the pool `default`. */
const withVolume = {
  before: async (fake: FakeServer) => {
    const { volumes } = fake.client().storagePools.ref('default');
    const data = await volumes.create({ name: 'data' });
    await data.snapshots.create({ name: 's1' });
  },
};

const network = callsOn((client) => client.networks.get('net0'), withNetwork);
const networks = callsOn((client) => client.networks, withNetwork);
const acls = callsOn((client) => client.networks.acls, withAcl);
const acl = callsOn((client) => client.networks.acls.get('web'), withAcl);
const pools = callsOn((client) => client.storagePools);
const pool = callsOn((client) => client.storagePools.get('default'));
const volumes = callsOn((client) => client.storagePools.ref('default').volumes, withVolume);
const volume = callsOn((client) => client.storagePools.ref('default').volumes.get('data'), withVolume);
const volumeSnapshots = callsOn(
  (client) => client.storagePools.ref('default').volumes.ref('data').snapshots,
  withVolume,
);
const volumeSnapshot = callsOn(
  (client) => client.storagePools.ref('default').volumes.ref('data').snapshots.get('s1'),
  withVolume,
);

const described = (model: Network | NetworkAcl | StoragePool | StorageVolume | VolumeSnapshot) => {
  model.description = 'odd';
};

export const networkCalls: Record<string, Calls> = {
  NetworkManager: {
    ...managerCalls((client) => client.networks, { key: 'net0', edit: described, common: withNetwork }),
    create: networks((of, { timed }) => of.create({ name: 'net1' }, timed)),
    allocations: networks((of, { timed }) => of.allocations(timed), { server: 'incus' }),
    ensure: networks((of, { timed }) => of.ensure('net0', { config: { 'user.odd': 'yes' } }, timed)),
  },

  Network: {
    ...modelCalls(async (client) => client.networks.get('net0'), { edit: described, common: withNetwork }),
    state: network((one, { timed }) => one.state(timed)),
    leases: network((one, { timed }) => one.leases(timed)),
  },

  'NetworkManager.acls': {
    ...managerCalls((client) => client.networks.acls, { key: 'web', edit: described, common: withAcl }),
    create: acls((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: acls((of, { timed }) => of.ensure('web', { config: { 'user.odd': 'yes' } }, timed)),
  },

  NetworkAcl: {
    ...modelCalls(async (client) => client.networks.acls.get('web'), {
      edit: (model) => {
        model.ingress.push({ action: 'drop', state: 'enabled' });
      },
      common: withAcl,
    }),
    log: acl((one, { timed }) => one.log(timed)),
  },

  StoragePoolManager: {
    ...managerCalls((client) => client.storagePools, { key: 'default', edit: described }),
    create: pools((of, { timed }) => of.create({ name: 'new', driver: 'dir' }, timed)),
    ensure: pools((of, { timed }) => of.ensure('default', { driver: 'dir' }, timed)),
  },

  StoragePool: {
    ...modelCalls(async (client) => client.storagePools.get('default'), { edit: described }),
    rename: quiet('a pool cannot be renamed'),
    resources: pool((one, { timed }) => one.resources(timed)),
  },

  VolumeManager: {
    ...managerCalls((client) => client.storagePools.ref('default').volumes, {
      key: 'data',
      edit: described,
      common: withVolume,
    }),
    create: volumes((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: volumes((of, { timed }) => of.ensure('data', { description: 'odd' }, timed)),
    import: volumeImports,
  },

  StorageVolume: {
    ...modelCalls(async (client) => client.storagePools.ref('default').volumes.get('data'), {
      edit: described,
      common: withVolume,
    }),
    ...volumeMoves,
    exportTo: volumeExport,
    state: volume((one, { timed }) => one.state(timed)),
    restore: volume((one, { timed }) => one.restore('s1', timed)),
  },

  AllVolumesManager: allVolumeCalls,

  'StorageVolume.snapshots': {
    ...managerCalls((client) => client.storagePools.ref('default').volumes.ref('data').snapshots, {
      key: 's1',
      edit: described,
      common: withVolume,
    }),
    create: volumeSnapshots((of, { timed }) => of.create({ name: 's2' }, timed)),
    ensure: volumeSnapshots((of, { timed }) => of.ensure('s3', {}, timed)),
  },

  VolumeSnapshot: {
    ...modelCalls(
      async (client) => client.storagePools.ref('default').volumes.ref('data').snapshots.get('s1'),
      { edit: described, common: withVolume },
    ),
    restore: volumeSnapshot((one, { timed }) => one.restore(timed)),
  },
};
