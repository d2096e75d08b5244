import type { Place } from '../../kind/place.js';
import { dict } from '../../state/maps.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { nicsOn } from './nics.js';
import { gatewaysOf, type Network } from './records.js';

/** The interfaces of the host that are no server's business. */
const host: readonly Network[] = [
  { name: 'lo', type: 'loopback', description: '', config: dict(), hwaddr: '' },
  { name: 'eth0', type: 'physical', description: '', config: dict(), hwaddr: '52:54:00:12:34:56' },
];

/** Shown among the networks, where nothing can be written to them. */
export function hostInterfaces({ project }: Place<Network>): Network[] {
  return project.name === 'default' ? [...host] : [];
}

/** Is there such an interface, whoever has made it? */
export function isInterface(name: string): boolean {
  return host.some((one) => one.name === name) || name === '.' || name === '..'; // files, to the server
}

const counters = { bytes_received: 0, bytes_sent: 0, packets_received: 0, packets_sent: 0 };
const none = { bond: null, bridge: null, vlan: null, ovn: null };

const addresses: Readonly<Record<string, object[]>> = {
  lo: [
    { family: 'inet', address: '127.0.0.1', netmask: '8', scope: 'local' },
    { family: 'inet6', address: '::1', netmask: '128', scope: 'local' },
  ],
  eth0: [{ family: 'inet', address: '203.0.113.2', netmask: '24', scope: 'global' }],
};

/** GET of the state of the interface that a network has on the host. */
export function networkState({ state, shelf }: Place<Network>, name: string): object {
  const managed = shelf.get(name);
  const own = managed ?? host.find((one) => one.name === name);
  const isThere = own && (!managed || managed.type === 'bridge');
  if (!isThere) throw new Refusal(404, `Network interface "${name}" not found`);
  return {
    addresses: addresses[name] ?? gatewaysOf(own).map(addressJson),
    counters,
    hwaddr: own.hwaddr,
    mtu: own.type === 'loopback' ? 65536 : Number(own.config['bridge.mtu'] || 1500),
    state: 'up',
    type: own.type === 'loopback' ? 'loopback' : 'broadcast',
    ...none,
    ...(managed && { bridge: bridgeJson(state, managed) }),
  };
}

function addressJson([version, address, netmask]: readonly [4 | 6, string, string]): object {
  return { family: version === 4 ? 'inet' : 'inet6', address, netmask, scope: 'global' };
}

function bridgeJson(state: State, network: Network): object {
  return {
    id: `8000.${network.hwaddr.replaceAll(':', '')}`,
    stp: false,
    forward_delay: 1500,
    vlan_default: 0,
    vlan_filtering: false,
    upper_devices: nicsOn(state, network).flatMap(({ hostName }) => hostName || []),
  };
}

/** GET of the addresses that a network has given away. */
export function networkLeases(place: Place<Network>, name: string): object[] {
  const network = place.find(name, 'leases');
  if (network.type !== 'bridge' && network.type !== 'ovn') throw new Refusal(500, 'Not implemented');
  const gateways = gatewaysOf(network).map(([, address]) => ({
    ...{ hostname: `${name}.gw`, hwaddr: '', address, type: 'gateway', location: '' },
  }));
  const given = nicsOn(place.state, network).flatMap(({ instance, hwaddr, addresses: own }) =>
    own.map(({ address, isStatic }) => ({
      ...{ hostname: instance.name, hwaddr, address },
      ...{ type: isStatic ? 'static' : 'dynamic', location: 'none' },
    })),
  );
  return [...gateways, ...given];
}
