import type { Place } from '../../kind/place.js';
import type { Product } from '../../products/product.js';
import type { State } from '../../state/state.js';
import { kind, since } from '../../kind/kind.js';
import { optionProblem, type Options } from '../../validation/options.js';
import { zoneFeature, type ProjectRecord } from '../projects/project.js';
import { listOf } from '../../validation/values.js';

/** A zone as it is kept. */
export interface Zone {
  name: string;
  config: Record<string, string>;
}

const options = { 'dns.nameservers': 'any', 'network.nat': 'boolean' } as const;
const ofPeers = { address: 'address', key: 'any' } as const;

/** What can be said of a server that may have the whole zone: `peers.NAME.address`. */
function peerOptions(keys: readonly string[]): Options {
  const known = keys.flatMap((key) => {
    const end = key.split('.')[2];
    return end === 'address' || end === 'key' ? [[key, ofPeers[end]] as const] : [];
  });
  return Object.fromEntries(known);
}

function configProblem(config: Zone['config']): string | undefined {
  const peers = Object.keys(config).filter((key) => key.startsWith('peers.'));
  const odd = peers.find((key) => key.split('.').length !== 3);
  if (odd !== undefined) return `Invalid network zone configuration key "${odd}"`;
  return optionProblem(config, { ...options, ...peerOptions(peers) }, (key, why) =>
    why === undefined ? `Invalid config option "${key}"` : `Invalid value for config option "${key}": ${why}`,
  );
}

const exists = [400, 'The network zone already exists'] as const;

/** Names are unique over all projects. */
const isElsewhere = ({ projects }: State, own: ProjectRecord, name: string) =>
  [...projects.values()].some((one) => one !== own && one.shelves.at(['network-zones']).has(name));

/** The zones that a config of a network names, with the keys that do: one each on LXD 5.0, with commas on Incus. */
function namedZones({ name: product }: Product, config: Zone['config']): [key: string, zone: string][] {
  return Object.entries(config).flatMap(([key, value]) => {
    if (!/^dns\.zone\.(?:forward|reverse\.ipv[46])$/.test(key)) return [];
    const zones = product === 'lxd' ? [value].filter(Boolean) : listOf(value);
    return zones.map((zone): [string, string] => [key, zone]);
  });
}

const quirks = {
  lxd: {
    lost: (network: string, key: string, zone: string) =>
      `Invalid value for network "${network}" option "${key}": Network zone "${zone}" doesn't exist`,
  },
  incus: {
    lost: (_: string, key: string, zone: string) => `Invalid "${key}", network zone "${zone}" not found`,
  },
};

/** What is said of a network that names a zone that is not there. */
export function zonesProblem<T>({ name, config }: Zone, { product, project }: Place<T>): string | undefined {
  const zones = project.having(zoneFeature({}, product)).shelves.at(['network-zones']);
  const lost = namedZones(product, config).find(([, zone]) => !zones.has(zone));
  return lost && quirks[product.name].lost(name, ...lost);
}

/** DNS zones. */
export const networkZones = kind<Zone>({
  path: '/1.0/network-zones/{zone}',
  title: 'network zone',
  feature: zoneFeature,
  spansProjects: 'network_zones_all_projects',
  showsBeside: 'default',
  listsPlainly: true,
  bodies: { create: 'NetworkZonesPost', write: 'NetworkZonePut' },
  fields: {
    description: { type: 'string', patch: 'blanks' },
    config: { type: 'map', patch: 'needs' },
    name: 'name',
    used_by: 'users',
    project: since('network_zones_all_projects', () => ''), // a list has it
  },
  etag: ['name', 'description', 'config'],
  event: 'network-zone',
  texts: {
    missing: [404, 'Network zone not found'],
    exists: () => exists,
    used: () => [500, 'Cannot delete a zone that is in use'],
  },
  precheck: ({ name }, { state, project }) => (isElsewhere(state, project, name) ? exists : undefined),
  named: (name) => (name ? undefined : 'Name is required'),
  check: ({ config }) => configProblem(config),
  users: ({ name }, { state, project, product }) =>
    state.projects
      .sharing(project, zoneFeature({}, product))
      .flatMap((one) =>
        [...one.shelves.at<Zone>(['networks']).values()]
          .filter(({ config }) => namedZones(product, config).some(([, zone]) => zone === name))
          .map((network) => product.url(one.name, ['networks', network.name])),
      ),
  inList: (json, { project }) => ('project' in json ? { ...json, project: project.name } : json),
});
