import type { NetworkAddressSet, NetworkIntegration, NetworkZone, NetworkZoneRecord } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const server = 'incus';
/** A zone with a record. */
const withZone = {
  before: async (fake: FakeServer) => {
    const zone = await fake.client().networks.zones.create('lab.example');
    await zone.records.create({ name: 'www', entries: [{ type: 'A', value: '10.0.0.1' }] });
  },
};
const withIntegration = {
  server,
  before: (fake: FakeServer) => fake.client().networks.integrations.create('far'),
} as const;
const withSet = {
  server,
  before: (fake: FakeServer) =>
    fake.client().networks.addressSets.create({ name: 'web', addresses: ['10.0.0.1'] }),
} as const;

const zones = callsOn((client) => client.networks.zones, withZone);
const records = callsOn((client) => client.networks.zones.ref('lab.example').records, withZone);
const integrations = callsOn((client) => client.networks.integrations, withIntegration);
const sets = callsOn((client) => client.networks.addressSets, withSet);

const described = (model: NetworkAddressSet | NetworkIntegration | NetworkZone) => {
  model.description = 'odd';
};
const answered = ({ entries }: NetworkZoneRecord) => {
  entries.push({ type: 'TXT', value: 'odd' });
};
const fixed = { rename: quiet('it cannot be renamed') };

export const zoneCalls: Record<string, Calls> = {
  'NetworkManager.zones': {
    ...managerCalls((client) => client.networks.zones, {
      key: 'lab.example',
      edit: described,
      common: withZone,
    }),
    create: zones((of, { timed }) => of.create({ name: 'new.example' }, timed)),
    ensure: zones((of, { timed }) => of.ensure('lab.example', { description: 'odd' }, timed)),
  },

  NetworkZone: {
    ...modelCalls(async (client) => client.networks.zones.get('lab.example'), {
      edit: described,
      common: withZone,
    }),
    ...fixed,
  },

  NetworkZoneRecordManager: {
    ...managerCalls((client) => client.networks.zones.ref('lab.example').records, {
      key: 'www',
      edit: answered,
      common: withZone,
    }),
    create: [
      records((of, { timed }) => of.create({ name: '@' }, timed)),
      records((of, { timed }) => of.create('www', timed)),
    ],
    ensure: records((of, { timed }) => of.ensure('www', { description: 'odd' }, timed)),
  },

  NetworkZoneRecord: {
    ...modelCalls(async (client) => client.networks.zones.ref('lab.example').records.get('www'), {
      edit: answered,
      common: withZone,
    }),
    ...fixed,
  },

  'NetworkManager.addressSets': {
    ...managerCalls((client) => client.networks.addressSets, {
      key: 'web',
      edit: described,
      common: withSet,
    }),
    create: sets((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: sets((of, { timed }) => of.ensure('web', { addresses: ['10.0.0.2'] }, timed)),
  },

  NetworkAddressSet: modelCalls(async (client) => client.networks.addressSets.get('web'), {
    edit: ({ addresses }) => {
      addresses.push('10.0.0.3');
    },
    common: withSet,
  }),

  'NetworkManager.integrations': {
    ...managerCalls((client) => client.networks.integrations, {
      key: 'far',
      edit: described,
      common: withIntegration,
    }),
    create: integrations((of, { timed }) => of.create({ name: 'new' }, timed)),
    ensure: integrations((of, { timed }) => of.ensure('far', { description: 'odd' }, timed)),
  },

  NetworkIntegration: modelCalls(async (client) => client.networks.integrations.get('far'), {
    edit: described,
    common: withIntegration,
  }),
};
