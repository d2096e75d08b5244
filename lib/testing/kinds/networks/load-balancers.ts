import { kind } from '../../kind/kind.js';
import { Refusal } from '../../state/refusal.js';
import {
  itemOf,
  listenAddressProblem,
  listener,
  listenProblem,
  optionsProblem,
  portsProblem,
  protocolProblem,
  targetProblem,
} from './listeners.js';
import { forwardsOf, poolsOf, type LoadBalancer, type Network } from './records.js';

// No server here has OVN: what it says was seen elsewhere, on Incus 6.0.4 and 7.

const { declared, exists, failed, above } = listener<LoadBalancer>('load balancer', ['ovn']);

function problem(
  { name, config, backends, ports }: LoadBalancer,
  network: Network,
  pools: ReadonlySet<string>,
): string | undefined {
  const odd = optionsProblem(config, /^healthcheck(\..*)?$/);
  if (odd !== undefined) return odd;
  const names = new Set<string>();
  for (const [index, backend] of backends.entries()) {
    const where = `backend specification ${index}`;
    if (!backend.name) return `Missing name in ${where}`;
    if (names.has(backend.name)) return `Duplicate name "${backend.name}" in ${where}`;
    names.add(backend.name);
    const wrong = targetProblem(backend.target_address, name, network, where);
    if (wrong !== undefined) return wrong;
    if (portsProblem(backend.target_port) !== undefined) return `Invalid target port in ${where}`;
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const where = `port specification ${index}`;
    const wrong = protocolProblem(port.protocol, where) ?? listenProblem(port, seen, where);
    if (wrong !== undefined) return wrong;
    const lost = port.target_backend.find((one) => !names.has(one));
    if (lost !== undefined) return `Invalid target backend name ${JSON.stringify(lost)} in ${where}`;
    if (port.target_pool && !pools.has(port.target_pool))
      return `Invalid target pool name ${JSON.stringify(port.target_pool)} in ${where}`;
  }
  return undefined;
}

const text = 'string' as const;
const backendFields = { name: text, description: text, target_port: text, target_address: text };
const portFields = {
  description: text,
  protocol: text,
  listen_port: text,
  target_backend: 'strings',
  target_pool: text,
} as const;

/** A backend and a port of which nothing is said. */
const blankBackend = { name: '', description: '', target_port: '', target_address: '' };
const blankPort = { description: '', protocol: '', listen_port: '', target_backend: [] as string[] };

/** Network load balancers. */
export const networkLoadBalancers = kind<LoadBalancer>({
  ...declared,
  bodies: { create: 'NetworkLoadBalancersPost', write: 'NetworkLoadBalancerPut' },
  fields: {
    description: { type: 'string', patch: 'blanks' },
    config: { type: 'map', patch: 'needs' },
    backends: {
      type: { list: { type: 'NetworkLoadBalancerBackend', fields: backendFields } },
      patch: 'keeps',
    },
    ports: { type: { list: { type: 'NetworkLoadBalancerPort', fields: portFields } }, patch: 'keeps' },
    listen_address: 'name',
    location: () => '',
  },
  etag: ['description', 'config', 'backends', 'ports', 'listen_address', 'location'],
  texts: {
    missing: [404, 'Network load balancer not found'],
    exists,
  },
  named(name) {
    const wrong = listenAddressProblem(name);
    return wrong && failed(true, wrong);
  },
  settle(balancer) {
    balancer.description = balancer.description.trim();
    balancer.backends = balancer.backends.map((sent) => itemOf(blankBackend, sent));
    balancer.ports = balancer.ports.map((sent) => itemOf<typeof sent>(blankPort, sent));
  },
  check(balancer, place, before) {
    const network = above(place);
    if (!before && forwardsOf(place.project, network.name).has(balancer.name))
      return failed(true, `Listen address "${balancer.name}" overlaps with another network or NIC`);
    const wrong = problem(balancer, network, new Set(poolsOf(place.project, network.name).keys()));
    return wrong && failed(!before, wrong);
  },
  reads: {
    state(place, name) {
      if (!place.product.extensions.includes('network_load_balancer_state'))
        throw new Refusal(404, 'not found');
      place.find(name);
      return { backend_health: null };
    },
  },
});
