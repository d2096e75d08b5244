import { noSuchMethod } from '../../http/reply.js';
import { kind } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { Refusal } from '../../state/refusal.js';
import { networkAbove, portsProblem } from './listeners.js';
import { nicsOn } from './nics.js';
import { balancersOf, type LoadBalancerPool } from './records.js';

// Of newer LXD only, which is not here: by its source.

const above = (place: Place<LoadBalancerPool>) => networkAbove(place, ['ovn'], 'load balancers');

/** The ports of load balancers that have this pool, with the addresses at which those listen. */
function listenersOf(place: Place<LoadBalancerPool>, name: string) {
  return [...balancersOf(place.project, place.param('networkName')).values()].flatMap((balancer) =>
    balancer.ports.filter((port) => port.target_pool === name).map((port) => ({ balancer, port })),
  );
}

/** The pools of instances that load balancers can have. */
export const networkLoadBalancerPools = kind<LoadBalancerPool>({
  path: '/1.0/networks/{networkName}/load-balancer-pools/{poolName}',
  title: 'network load balancer pool',
  extension: 'network_load_balancer_pool',
  scope: 'project',
  feature: 'networks',
  bodies: { create: 'NetworkLoadBalancerPoolsPost', write: 'NetworkLoadBalancerPoolPut' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'blanks' },
    config: { type: 'map', patch: 'blanks' },
    instances: {
      type: {
        list: { type: 'NetworkLoadBalancerPoolInstance', fields: { name: 'string', target_port: 'string' } },
      },
      patch: 'blanks',
    },
    used_by: 'users',
  },
  etag: ['name', 'description', 'config', 'instances'],
  event: 'network-load-balancer-pool',
  ignoresMatch: true,
  texts: {
    missing: [404, 'Network load balancer pool not found'],
    exists: (name, { param }) => [
      400,
      `Pool with name "${name}" already exists on network "${param('networkName')}"`,
    ],
    used: () => [400, 'Load balancer pool is currently in use'],
  },
  invalid: { create: 400, update: 400 },
  named: (name) => (name ? undefined : [400, 'Name is required']),
  admit: above,
  settle(pool) {
    pool.config.protocol ||= 'tcp';
    pool.instances = pool.instances.map((sent) => ({ ...{ name: '', target_port: '' }, ...sent }));
  },
  check({ config, instances }, { project }) {
    const odd = Object.keys(config).find((key) => key !== 'protocol' && !/^(user|healthcheck)\./.test(key));
    if (odd !== undefined) return `Invalid option "${odd}"`;
    const lost = instances.find(({ name }) => !project.instances.has(name));
    if (lost) return `Failed loading instance ${JSON.stringify(lost.name)}: Instance not found`;
    return instances.map(({ target_port: port }) => portsProblem(port)).find(Boolean);
  },
  users: ({ name }, place) => [
    ...new Set(
      listenersOf(place, name).map(({ balancer }) =>
        place.url(name).replace(/load-balancer-pools\/.*/, `load-balancers/${balancer.name}`),
      ),
    ),
  ],
  reads: {
    state(place, name) {
      const { instances } = place.find(name);
      const nics = nicsOn(place.state, above(place));
      const targets = listenersOf(place, name).flatMap(({ balancer, port }) =>
        instances.flatMap(({ name: instance, target_port }) => {
          const nic = nics.find((one) => one.instance.name === instance);
          if (!nic) return [];
          const target = {
            name: instance,
            address: nic.addresses[0]?.address ?? '',
            port: target_port || port.listen_port,
          };
          const listen = { listen_address: balancer.name, listen_port: port.listen_port };
          return [{ ...listen, ...target, device: nic.device, status: 'online' }];
        }),
      );
      return targets.length > 0 ? { targets } : {};
    },
  },
  handlers: {
    one: {
      PATCH: () => {
        throw new Refusal(501, noSuchMethod);
      },
    },
  },
});
