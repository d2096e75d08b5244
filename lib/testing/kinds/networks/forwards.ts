import { kind } from '../../kind/kind.js';
import { printedAddress } from '../../validation/values.js';
import {
  familyProblem,
  isOn,
  itemOf,
  listenAddressProblem,
  listener,
  listenProblem,
  optionsProblem,
  portsIn,
  portsProblem,
  protocolProblem,
  targetProblem,
} from './listeners.js';
import type { Forward, ForwardPort, Network } from './records.js';

const quirks = { lxd: { takesAny: true }, incus: { takesAny: false } };

const { declared, exists, failed, above } = listener<Forward>('forward', ['bridge', 'ovn']);

function portProblem(
  port: ForwardPort,
  { name, config }: Forward,
  network: Network,
  seen: Set<string>,
  where: string,
): string | undefined {
  const wrong =
    protocolProblem(port.protocol, where) ??
    (port.target_address === config.target_address
      ? `Target address is same as default target address in ${where}`
      : targetProblem(port.target_address, name, network, where)) ??
    listenProblem(port, seen, where);
  if (wrong !== undefined) return wrong;
  if (portsProblem(port.target_port) !== undefined) return `Invalid target port in ${where}`;
  const to = portsIn(port.target_port).length;
  const fits = to < 2 || to === portsIn(port.listen_port).length;
  return fits ? undefined : `Mismatch of listen port(s) and target port(s) count in ${where}`;
}

function problem(forward: Forward, network: Network): string | undefined {
  const { name, config, ports } = forward;
  const odd = optionsProblem(config, /^target_address$/);
  if (odd !== undefined) return odd;
  const { target_address: target } = config;
  if (target) {
    if (printedAddress(target) === undefined) return 'Invalid default target address';
    if (target.includes(':') !== name.includes(':'))
      return 'Cannot mix IP versions in listen address and default target address';
    if (!isOn(network, target)) return 'Default target address is not within the network subnet';
  }
  const seen = new Set<string>();
  for (const [index, port] of ports.entries()) {
    const wrong = portProblem(port, forward, network, seen, `port specification ${index}`);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

const portFields = {
  description: 'string',
  protocol: 'string',
  listen_port: 'string',
  target_port: 'string',
  target_address: 'string',
} as const;

/** A port of which nothing is said. */
const blank: ForwardPort = {
  description: '',
  protocol: '',
  listen_port: '',
  target_port: '',
  target_address: '',
};

/** Network forwards. */
export const networkForwards = kind<Forward>({
  ...declared,
  bodies: { create: 'NetworkForwardsPost', write: 'NetworkForwardPut' },
  fields: {
    description: { type: 'string', patch: 'blanks' },
    config: { type: 'map', patch: 'needs' },
    ports: { type: { list: { type: 'NetworkForwardPort', fields: portFields } }, patch: 'keeps' },
    listen_address: 'name',
    location: () => 'none',
  },
  etag: ['description', 'config', 'ports', 'listen_address', 'location'],
  texts: {
    missing(_, method) {
      const doing = { PUT: 'Failed updating forward: ', DELETE: 'Failed deleting forward: ' }[method] ?? '';
      return [404, `${doing}Network forward not found`];
    },
    exists,
  },
  named(name, { product }) {
    const wrong = listenAddressProblem(name);
    if (wrong !== undefined) return failed(true, wrong);
    const isAny = name === '0.0.0.0' || name === '::';
    return isAny && !quirks[product.name].takesAny
      ? failed(true, `Cannot use unspecified address: "${name}"`)
      : undefined;
  },
  settle(forward) {
    forward.description = forward.description.trim();
    forward.ports = forward.ports.map((sent) => itemOf(blank, sent));
  },
  check(forward, place, before) {
    const network = above(place);
    const wrong = (before ? undefined : familyProblem(forward.name, network)) ?? problem(forward, network);
    return wrong && failed(!before, wrong);
  },
});
