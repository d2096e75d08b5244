import { createIdentity, type ClusterGroup, type ClusterMember } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const { clientCert: certificate, clientKey: key, fingerprint } = createIdentity({ name: 'cluster' });
const common = {
  members: 2,
  before: async (fake: FakeServer) => {
    const { groups, members } = fake.client().cluster;
    await groups.create({ name: 'racks', members: ['n2'] });
    await groups.create('empty');
    await members.createToken('n3');
  },
};
const alone = {
  before: async (fake: FakeServer) => {
    const { server } = fake.client();
    await server.fetch();
    server.config['core.https_address'] = '127.0.0.1:8443';
    await server.save();
  },
  // An empty server, which joins: no fake does.
  canned: {
    'GET /1.0/instances': [],
    'GET /1.0/images': [],
    'GET /1.0/networks': [],
    'GET /1.0/storage-pools': [],
    'GET /1.0/projects': [],
  },
};
const token = Buffer.from(
  JSON.stringify({
    ...{ server_name: 'n2', fingerprint, addresses: ['127.0.0.1:1'], secret: 'told' },
    expires_at: '0001-01-01T00:00:00Z',
  }),
).toString('base64');

const edit = (member: ClusterMember) => {
  member.description = 'odd';
};
const editGroup = (group: ClusterGroup) => {
  group.description = 'odd';
};
const members = callsOn((client) => client.cluster.members, common);
const member = callsOn(async (client) => client.cluster.members.get('n2'), common);
const groups = callsOn((client) => client.cluster.groups, common);
const cluster = callsOn((client) => client.cluster, common);
const single = callsOn((client) => client.cluster, alone);

export const clusterCalls: Record<string, Calls> = {
  Cluster: {
    ...modelCalls(async (client) => client.cluster.fetch(), { common }),
    delete: quiet('it cannot be deleted'),
    rename: quiet('it cannot be renamed'),
    bootstrap: single((of, { timed }) => of.bootstrap('n1', timed)),
    join: single((of, { timed }) => of.join(token, { clusterCertificate: certificate, ...timed }), {
      canned: { ...alone.canned, 'PUT /1.0/cluster': {} },
    }),
    leave: single(async (of, { timed }) => of.leave({ wipe: true, ...timed }), {
      before: async (fake) => {
        await alone.before(fake);
        await fake.client().cluster.bootstrap('n1');
      },
    }),
    updateCertificate: cluster((of, { timed }) => of.updateCertificate({ certificate, key }, timed), {
      canned: { 'PUT /1.0/cluster/certificate': {} },
    }),
  },

  ClusterMemberManager: {
    ...managerCalls((client) => client.cluster.members, { key: 'n2', edit, common }),
    createToken: members((of, { timed }) => of.createToken('n4', timed)),
    tokens: members((of, { timed }) => of.tokens(timed)),
  },

  ClusterMember: {
    ...modelCalls(async (client) => client.cluster.members.get('n2'), { edit, common }),
    delete: [
      member((one, { timed }) => one.delete({ force: true, ...timed })),
      member((one, { timed }) => one.delete({ force: true, ifExists: true, ...timed })),
    ],
    state: callsOn(async (client) => client.cluster.members.get('n2'), { ...common, server: 'incus' })(
      (one, { timed }) => one.state(timed),
    ),
    evacuate: member((one, { timed }) => one.evacuate(timed)),
    restore: member((one, { timed }) => one.restore({ ifNeeded: true, ...timed })),
  },

  'client.cluster.groups': {
    ...managerCalls((client) => client.cluster.groups, { key: 'racks', edit: editGroup, common }),
    watch: quiet('no server tells of deleted groups'),
    create: groups((of, { timed }) => of.create('new', timed)),
    ensure: [
      groups((of, { timed }) => of.ensure('racks', { description: 'odd' }, timed)),
      groups((of, { timed }) => of.ensure('new', { description: 'odd' }, timed)),
    ],
  },

  ClusterGroup: {
    ...modelCalls(async (client) => client.cluster.groups.get('empty'), { edit: editGroup, common }),
  },
};
