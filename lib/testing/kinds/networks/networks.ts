import { kind, since } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { listOf } from '../../validation/values.js';
import { expandedDevices } from '../instances/state/expand.js';
import { usersOf } from '../users.js';
import { hostInterfaces, isInterface, networkLeases, networkState } from './interfaces.js';
import { networkOptionsProblem, networkTypes } from './options.js';
import { networksOf, type Network } from './records.js';
import { zonesProblem } from './zones.js';

const quirks = {
  lxd: {
    nobody: () => null,
    exists: () => [400, 'The network already exists'],
    macPrefix: '00:16:3e',
    reserved: [],
  },
  incus: {
    nobody: () => [],
    exists: (name: string) => [409, `Network "${name}" already exists`],
    macPrefix: '10:66:6a',
    reserved: ['none'],
  },
} as const;

/** A subnet of its own: the first address in it, and how long its prefix is. */
const chosen = {
  4: (bytes: Buffer) => `10.${bytes[0]}.${bytes[1]}.1/24`,
  6: (bytes: Buffer) => `fd42:${bytes.toString('hex').replace(/(.{4})(.{4})(.{4})/, '$1:$2:$3')}::1/64`,
};

/** A bridge that says nothing of a family has one, behind the host's own address. */
function fillIn({ type, config }: Network): void {
  if (type !== 'bridge' && type !== 'ovn') return;
  for (const version of ['ipv4', 'ipv6']) {
    config[`${version}.address`] ||= 'auto';
    if (config[`${version}.address`] === 'auto') config[`${version}.nat`] ||= 'true';
  }
}

function choose({ config }: Network, { state }: Place<Network>): void {
  for (const version of [4, 6] as const) {
    const key = `ipv${version}.address`;
    if (config[key] !== 'auto') continue;
    const bytes = state.chance.bytes(6);
    // As Go prints it, without the zeros before a group.
    config[key] = chosen[version](bytes).replaceAll(/(?<=:)0{1,3}(?=[\da-f])/g, '');
  }
}

/** Who uses a network: other networks, profiles and instances, in this order. */
function users({ name }: Network, { state, project, product, url }: Place<Network>): string[] | null {
  const uses = (device: Readonly<Record<string, string>>) =>
    device.type === 'nic' && (device.network ?? device.parent) === name;
  const networks = [...networksOf(project).values()].filter(
    ({ config }) => config.parent === name || config.network === name,
  );
  const profiles = usersOf(state, project, 'networks', uses).filter((one) =>
    one.startsWith('/1.0/profiles/'),
  );
  // One with two such devices is there twice.
  const instances = state.projects.sharing(project, 'networks').flatMap((one) =>
    [...one.instances.values()].flatMap((instance) =>
      Object.values(expandedDevices(one, instance))
        .filter(uses)
        .map(() => product.url(one.name, ['instances', instance.name])),
    ),
  );
  const all = [...networks.map((network) => url(network.name)), ...profiles, ...instances];
  return all.length > 0 || name === 'lo' ? all : quirks[product.name].nobody();
}

/** Networks, and beside them the interfaces of the host. */
export const networks = kind<Network>({
  path: '/1.0/networks/{name}',
  title: 'network',
  scope: 'project',
  feature: 'networks',
  bodies: { create: 'NetworksPost', write: 'NetworkPut', rename: 'NetworkPost' },
  fields: {
    config: { type: 'map', patch: 'merges' },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    type: { type: 'string', patch: 'given' },
    used_by: 'users',
    managed: ({ name }) => !isInterface(name),
    status: ({ name }) => (isInterface(name) ? '' : 'Created'),
    locations: ({ name }) => (isInterface(name) ? null : ['none']),
    project: since('networks_all_projects', (_, { project }) => project.name),
  },
  etag: ['name', 'managed', 'type', 'description', 'config'],
  event: 'network',
  texts: {
    missing: (_, method) => [
      404,
      method === 'GET' ? 'Network not found' : 'Failed loading network: Network not found',
    ],
    exists: (name, { product }) => quirks[product.name].exists(name) as [number, string],
    taken(name, oldName, place) {
      if (users(place.find(oldName), place)?.length) return [400, 'Network is currently in use'];
      return [409, `Network "${name}" already exists`];
    },
    used: (action) => [
      400,
      action === 'delete' ? 'The network is currently in use' : 'Network is currently in use',
    ],
  },
  invalid: { update: 400 },
  named(name, { product }, action) {
    if (!name) return [400, action === 'create' ? 'No name provided' : 'New network name not provided'];
    const what = 'Network interface';
    const length = Buffer.byteLength(name);
    if (length < 2) return [400, `${what} is too short (minimum 2 characters)`];
    if (length > 15) return [400, `${what} is too long (maximum 15 characters)`];
    if (!/^[-\w.]+$/.test(name)) return [400, `${what} contains invalid characters`];
    if (quirks[product.name].reserved.some((one) => one === name))
      return [400, `Network name '${name}' is not valid`];
    return action === 'rename' && isInterface(name) ? [500, `${what} "${name}" already exists`] : undefined;
  },
  precheck({ type }, { project }) {
    if (type && !networkTypes.includes(type)) return [400, 'Unknown driver'];
    if (type === 'ovn' || project.name === 'default') return undefined;
    return [400, 'Network type does not support non-default projects'];
  },
  settle(network, place, before) {
    if (!before) {
      const { product, chance } = place.state;
      network.type ||= 'bridge';
      network.hwaddr = `${quirks[product.name].macPrefix}${chance.hex(3).replace(/../g, ':$&')}`;
      fillIn(network);
    }
    choose(network, place);
  },
  check(network, place, before) {
    const { product, project } = place;
    const { name, config } = network;
    const wrong = networkOptionsProblem(product.name, network, !before) ?? zonesProblem(network, place);
    if (wrong !== undefined) return wrong;
    const acls = project.shelves.at(['network-acls']);
    const lost = listOf(config['security.acls']).find((acl) => !acls.has(acl));
    if (lost !== undefined) return `Network ACL "${lost}" does not exist`;
    const { parent } = config;
    if (parent && !networksOf(project).has(parent) && !isInterface(parent))
      return `Parent interface "${parent}" not found`;
    return !before && isInterface(name) ? `Network interface "${name}" already exists` : undefined;
  },
  users,
  beside: hostInterfaces,
  reads: { state: networkState, leases: networkLeases },
});
