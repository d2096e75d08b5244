import type {
  Client,
  Network,
  NetworkForward,
  NetworkLoadBalancer,
  NetworkLoadBalancerPool,
  NetworkPeer,
} from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, quiet, type Calls } from './call.js';
import { managerCalls, modelCalls } from './kinds.js';

/** Two OVN networks, and one of each kind of thing that one can have. */
const common = {
  server: 'lxd' as const, // whose alone load balancer pools are
  before(fake: FakeServer) {
    const config = { 'ipv4.address': '10.9.0.1/24' };
    for (const name of ['ovn0', 'ovn1', 'ovn2']) fake.add('/1.0/networks', { name, type: 'ovn', config });
    const ports = [{ protocol: 'tcp', listen_port: '80', target_address: '10.9.0.2' }];
    fake.add('/1.0/networks/ovn0/forwards', { listen_address: '198.51.100.1', ports });
    fake.add('/1.0/networks/ovn0/load-balancers', { listen_address: '198.51.100.2' });
    fake.add('/1.0/networks/ovn0/peers', { name: 'there', target_network: 'ovn1' });
    fake.add('/1.0/networks/ovn0/load-balancer-pools', { name: 'webs', instances: [{ name: 'web' }] });
  },
};
const net = (client: Client): Network => client.networks.ref('ovn0');
const described = (model: NetworkForward | NetworkLoadBalancer | NetworkLoadBalancerPool | NetworkPeer) => {
  model.description = 'odd';
};
const rename = quiet('no server renames one');

const forwards = callsOn((client) => net(client).forwards, common);
const balancers = callsOn((client) => net(client).loadBalancers, common);
const balancer = callsOn((client) => net(client).loadBalancers.get('198.51.100.2'), {
  server: 'incus',
  before(fake) {
    fake.add('/1.0/networks', { name: 'ovn0', type: 'ovn' });
    fake.add('/1.0/networks/ovn0/load-balancers', { listen_address: '198.51.100.2' });
  },
});
const pools = callsOn((client) => net(client).loadBalancerPools, common);
const pool = callsOn((client) => net(client).loadBalancerPools.get('webs'), common);
const peers = callsOn((client) => net(client).peers, common);

/** What listens on addresses, and what else networks have. */
export const listenerCalls: Record<string, Calls> = {
  'Network.forwards': {
    ...managerCalls((client) => net(client).forwards, { key: '198.51.100.1', edit: described, common }),
    create: forwards((of, { timed }) => of.create('198.51.100.9', timed)),
    ensure: forwards((of, { timed }) => of.ensure('198.51.100.1', { description: 'odd' }, timed)),
  },

  NetworkForward: {
    ...modelCalls(async (client) => net(client).forwards.get('198.51.100.1'), {
      edit: (model) => {
        model.ports.push({ protocol: 'tcp', listenPort: '81', targetAddress: '10.9.0.3' });
      },
      common,
    }),
    rename,
  },

  'Network.loadBalancers': {
    ...managerCalls((client) => net(client).loadBalancers, { key: '198.51.100.2', edit: described, common }),
    create: balancers((of, { timed }) => of.create('198.51.100.9', timed)),
    ensure: balancers((of, { timed }) => of.ensure('198.51.100.2', { description: 'odd' }, timed)),
  },

  NetworkLoadBalancer: {
    ...modelCalls(async (client) => net(client).loadBalancers.get('198.51.100.2'), {
      edit: (model) => {
        model.backends.push({ name: 'web', targetAddress: '10.9.0.3' });
      },
      common,
    }),
    rename,
    state: balancer((one, { timed }) => one.state(timed)),
  },

  'Network.loadBalancerPools': {
    ...managerCalls((client) => net(client).loadBalancerPools, { key: 'webs', edit: described, common }),
    create: pools((of, { timed }) => of.create('new', timed)),
    ensure: pools((of, { timed }) => of.ensure('webs', { description: 'odd' }, timed)),
  },

  NetworkLoadBalancerPool: {
    ...modelCalls(async (client) => net(client).loadBalancerPools.get('webs'), {
      edit: (model) => {
        model.instances.push({ name: 'off' });
      },
      common,
    }),
    rename,
    state: pool((one, { timed }) => one.state(timed)),
  },

  'Network.peers': {
    ...managerCalls((client) => net(client).peers, { key: 'there', edit: described, common }),
    create: peers((of, { timed }) => of.create({ name: 'new', targetNetwork: 'ovn2' }, timed)),
    ensure: peers((of, { timed }) => of.ensure('there', { description: 'odd' }, timed)),
  },

  NetworkPeer: {
    ...modelCalls(async (client) => net(client).peers.get('there'), { edit: described, common }),
    rename,
  },
};
