import { allProjects, flag } from '../../http/collection.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { ProjectRecord } from '../projects/project.js';
import type { State } from '../../state/state.js';
import { nicsOn } from './nics.js';
import { forwardsOf, gatewaysOf, networksOf, type Network } from './records.js';

/** The addresses that are taken on a network: its own, then those of its forwards. */
function ownOf(state: State, project: ProjectRecord, network: Network): object[] {
  const { name, config } = network;
  const url = (path: string[]) => state.product.url(project.name, ['networks', name, ...path]);
  const gateways = gatewaysOf(network).map(([version, address, bits]) => ({
    ...{ addresses: `${address}/${bits}`, hwaddr: '' },
    ...{ nat: config[`ipv${version}.nat`] === 'true', type: 'network', used_by: url([]) },
  }));
  return [
    ...gateways,
    ...[...forwardsOf(project, name).keys()].map((address) => ({
      ...{ addresses: withPrefix(address), hwaddr: '', nat: false, type: 'network-forward' },
      used_by: url(['forwards', address]),
    })),
  ];
}

function withPrefix(address: string): string {
  return `${address}/${address.includes(':') ? 128 : 32}`;
}

/** What instances of these projects have on a network. */
function instancesOn(state: State, network: Network, projects: readonly string[]): object[] {
  const ours = nicsOn(state, network).filter(({ project }) => projects.includes(project.name));
  return ours.flatMap(({ project, instance, hwaddr, addresses }) =>
    addresses.map(({ family, address }) => ({
      ...{ addresses: withPrefix(address), hwaddr },
      nat: network.config[family === 'inet' ? 'ipv4.nat' : 'ipv6.nat'] === 'true',
      type: 'instance',
      used_by: state.product.url(project.name, ['instances', instance.name]),
    })),
  );
}

/** All addresses that are taken on managed networks; LXD 5.0 does not tell them. */
export const allocationRoutes: Route[] = [
  {
    path: '/1.0/network-allocations',
    extension: 'network_allocations',
    GET(call) {
      const { state, projectName } = call;
      const asked = state.project(projectName, `Failed to load project "${projectName}": Project not found`);
      const projects = flag(call, 'all-projects') ? allProjects(call, true) : [asked.name];
      const having = asked.having('networks');
      const all = [...networksOf(having).values()];
      return sync([
        ...all.flatMap((network) => ownOf(state, having, network)),
        ...all.flatMap((network) => instancesOn(state, network, projects)),
      ]);
    },
  },
];
