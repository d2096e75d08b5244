import { createIdentity, type ClusterLink, type PlacementGroup, type Replicator } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

const { clientCert: certificate, fingerprint } = createIdentity({ name: 'other cluster' });

/** What only newer LXD has, on a fake that is a cluster; other clusters are not there, and their answers are canned. */
const common = {
  members: 2,
  before: (fake: FakeServer) => {
    fake.add('/1.0/cluster/links', {
      name: 'backup',
      type: 'bidirectional',
      config: { 'volatile.addresses': '127.0.0.1:1' },
    });
    for (const name of ['used', 'other']) fake.add('/1.0/cluster/links', { name, type: 'bidirectional' });
    fake.add('/1.0/placement-groups', { name: 'apart', config: { policy: 'spread', rigor: 'strict' } });
    fake.add('/1.0/replicators', { name: 'nightly', config: { cluster: 'used' } });
  },
};
const edit = ({ config }: ClusterLink | PlacementGroup | Replicator) => {
  config['user.a'] = 'odd';
};
const made = { 'POST /1.0/cluster/links': { fingerprint, certificate, secret: 'told' } };
const links = callsOn((client) => client.cluster.links, common);
const link = callsOn(async (client) => client.cluster.links.get('backup'), common);
const groups = callsOn((client) => client.cluster.placementGroups, common);
const replicators = callsOn((client) => client.cluster.replicators, common);
const replicator = callsOn(async (client) => client.cluster.replicators.get('nightly'), common);
const config = { policy: 'spread', rigor: 'strict' };

/** Links to other clusters, placement groups and replicators. */
export const linkCalls: Record<string, Calls> = {
  ClusterLinkManager: {
    ...managerCalls((client) => client.cluster.links, { key: 'backup', edit, common }),
    create: [
      links((of, { timed }) => of.create({ name: 'backup', token: 'told' }, timed), { canned: made }),
      links(
        (of, { timed }) =>
          of.create(
            { name: 'backup', type: 'public', remoteAddress: '127.0.0.1', certificate: fingerprint },
            timed,
          ),
        { canned: made },
      ),
    ],
    ensure: links((of, { timed }) => of.ensure('backup', { description: 'odd' }, timed)),
    createToken: links((of, { timed }) => of.createToken({ name: 'new' }, timed), { canned: made }),
  },

  ClusterLink: {
    ...modelCalls(async (client) => client.cluster.links.get('backup'), { edit, common }),
    state: link((one, { timed }) => one.state(timed)),
  },

  'client.cluster.placementGroups': {
    ...managerCalls((client) => client.cluster.placementGroups, { key: 'apart', edit, common }),
    create: groups((of, { timed }) => of.create({ name: 'new', config }, timed)),
    ensure: groups((of, { timed }) => of.ensure('apart', { description: 'odd' }, timed)),
  },

  PlacementGroup: {
    ...modelCalls(async (client) => client.cluster.placementGroups.get('apart'), { edit, common }),
  },

  'client.cluster.replicators': {
    ...managerCalls((client) => client.cluster.replicators, { key: 'nightly', edit, common }),
    create: replicators((of, { timed }) => of.create({ name: 'new', config: { cluster: 'other' } }, timed)),
    ensure: replicators((of, { timed }) => of.ensure('nightly', { description: 'odd' }, timed)),
  },

  Replicator: {
    ...modelCalls(async (client) => client.cluster.replicators.get('nightly'), { edit, common }),
    state: replicator((one, { timed }) => one.state(timed)),
    run: replicator((one, { timed }) => one.run(timed)),
    restore: replicator((one, { timed }) => one.restore(timed)),
  },
};
