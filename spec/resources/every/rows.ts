import type { Client, Model } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';

/** What managers and models have that the table tries; not every one has all. */
export interface AnyManager<M extends Model = Model> {
  get(key: string, options?: object): Promise<M>;
  find(key: string): Promise<M | undefined>;
  exists(key: string): Promise<boolean>;
  ref(key: string): M;
  all(options?: object): Promise<M[]>;
  names(options?: object): Promise<string[]>;
  create?(input: unknown, options?: object): Promise<unknown>;
  ensure?(key: string, input: unknown): Promise<unknown>;
  watch(options?: object): AsyncIterable<{ type: string; key?: string }>;
  saveAll(models: Iterable<Model>, options?: object): Promise<{ saved: Model[] }>;
  as(Class: never): AnyManager;
}

/** What a client can do with things of a kind. */
export interface Row {
  /** As `managersUnder()` names it. */
  place: string;
  of: (client: Client) => unknown;
  /** What they belong to or need. */
  before?: (client: Client, server: FakeServer) => unknown;
  /** The keys of two new ones; of images they come of their content. */
  keys: readonly [string, string];
  /** What a creation calls the key, where that is not `name`. */
  key?: string;
  /** What one is made from, beside its key. */
  input?: object | ((key: string) => object);
  /** Makes one, where `create()` with the key as a name does not. */
  make?: (client: Client, key: string) => Promise<unknown>;
  /** Sets one place of it, and another one, which clients can write without a conflict. */
  edits?: readonly [Edit, Edit];
  /** What the first is called in changes and conflicts. */
  changed?: readonly string[];
  /** Which of these there are not, with the reason. */
  lacks?: Partial<Record<'save' | 'second edit' | 'ensure' | 'watch', string>>;
  /** Whose things they are. */
  only?: 'lxd' | 'incus';
  /** Extensions that the fake has not by itself. */
  extensions?: readonly string[];
}

type Edit = (model: never, value: string) => void;

interface Configured {
  config: Record<string, string>;
  description: string;
}

const config: Edit = (model: Configured, value: string) => (model.config['user.a'] = value);
const other: Edit = (model: Configured, value: string) => (model.config['user.b'] = value);
const description: Edit = (model: Configured, value: string) => (model.description = value);
const expiry: Edit = (model: { expiresAt: Date }, value: string) => {
  model.expiresAt = new Date(`204${String(value.length % 10)}-01-01T00:00:00Z`);
};

const configured = { edits: [config, other], changed: ['config', 'user.a'] } as const;

/** With a root disk of its own: the profile of another project has none. */
const bare = {
  source: { type: 'none' },
  devices: { root: { type: 'disk', path: '/', pool: 'default' } },
} as const;

const withWeb = (client: Client) => client.instances.create({ name: 'web', ...bare });
const withBridge = (client: Client) =>
  client.networks.create({ name: 'net0', config: { 'ipv4.address': '10.9.0.1/24', 'ipv6.address': 'none' } });
const withOvn = (_: Client, server: FakeServer) => server.add('/1.0/networks', { name: 'net0', type: 'ovn' });
const withVolume = (client: Client) => client.storagePools.ref('default').volumes.create('data');
const withZone = (client: Client) => client.networks.zones.create('lab.example');

const instances: Omit<Row, 'place' | 'of'> = {
  keys: ['one', 'two'],
  input: bare,
  ...configured,
};

/** Each manager that there is. */
export const rows: readonly Row[] = [
  { place: 'instances', of: ({ instances: all }) => all, ...instances },
  { place: 'containers', of: ({ containers }) => containers, ...instances },
  { place: 'virtualMachines', of: ({ virtualMachines }) => virtualMachines, ...instances },
  {
    place: 'instances[].snapshots',
    of: (client) => client.instances.ref('web').snapshots,
    before: withWeb,
    keys: ['one', 'two'],
    edits: [expiry, expiry],
    changed: ['expires_at'],
    lacks: { 'second edit': 'only the expiry can be changed' },
  },
  {
    place: 'instances[].backups',
    of: (client) => client.instances.ref('web').backups,
    before: withWeb,
    keys: ['one', 'two'],
    lacks: { save: 'nothing of one can be changed', ensure: 'it would be of another time' },
  },
  {
    place: 'snapshots',
    of: ({ snapshots }) => snapshots,
    before: withWeb,
    keys: ['web/one', 'web/two'],
    make: (client, key) => client.snapshots.create(key),
    edits: [expiry, expiry],
    changed: ['expires_at'],
    lacks: { 'second edit': 'only the expiry can be changed' },
  },
  { place: 'profiles', of: ({ profiles }) => profiles, keys: ['one', 'two'], ...configured },
  { place: 'networks', of: ({ networks }) => networks, keys: ['one', 'two'], ...configured },
  { place: 'networks.acls', of: ({ networks }) => networks.acls, keys: ['one', 'two'], ...configured },
  {
    place: 'networks.zones',
    of: ({ networks }) => networks.zones,
    keys: ['one.example', 'two.example'],
    ...configured,
  },
  {
    place: 'networks.zones[].records',
    of: (client) => client.networks.zones.ref('lab.example').records,
    before: withZone,
    keys: ['one', 'two'],
    ...configured,
  },
  {
    place: 'networks.addressSets',
    of: ({ networks }) => networks.addressSets,
    keys: ['one', 'two'],
    only: 'incus',
    extensions: ['network_address_set'],
    ...configured,
  },
  {
    place: 'networks.integrations',
    of: ({ networks }) => networks.integrations,
    keys: ['one', 'two'],
    input: { type: 'ovn' },
    only: 'incus',
    ...configured,
  },
  {
    place: 'networks[].forwards',
    of: (client) => client.networks.ref('net0').forwards,
    before: withBridge,
    keys: ['192.0.2.1', '192.0.2.2'],
    key: 'listenAddress',
    ...configured,
  },
  {
    place: 'networks[].loadBalancers',
    of: (client) => client.networks.ref('net0').loadBalancers,
    before: withOvn,
    keys: ['192.0.2.1', '192.0.2.2'],
    key: 'listenAddress',
    extensions: ['network_load_balancer'],
    ...configured,
  },
  {
    place: 'networks[].loadBalancerPools',
    of: (client) => client.networks.ref('net0').loadBalancerPools,
    before: withOvn,
    keys: ['one', 'two'],
    only: 'lxd',
    extensions: ['network_load_balancer_pool'],
    edits: [description, (model: { config: Record<string, string> }) => (model.config.protocol = 'udp')],
    changed: ['description'],
  },
  {
    place: 'networks[].peers',
    of: (client) => client.networks.ref('net0').peers,
    before: withOvn,
    keys: ['one', 'two'],
    input: (key) => ({ targetNetwork: `of-${key}` }),
    ...configured,
  },
  {
    place: 'storagePools',
    of: ({ storagePools }) => storagePools,
    keys: ['one', 'two'],
    input: { driver: 'dir' },
    ...configured,
  },
  {
    place: 'storagePools[].volumes',
    of: (client) => client.storagePools.ref('default').volumes,
    keys: ['one', 'two'],
    ...configured,
  },
  {
    place: 'storagePools.volumes',
    of: ({ storagePools }) => storagePools.volumes,
    keys: ['default/custom/one', 'default/custom/two'],
    make: (client, key) => client.storagePools.volumes.create(key),
    ...configured,
  },
  {
    place: 'storagePools.volumes[].snapshots',
    of: (client) => client.storagePools.ref('default').volumes.ref('data').snapshots,
    before: withVolume,
    keys: ['one', 'two'],
    edits: [description, expiry],
    changed: ['description'],
  },
  {
    place: 'storagePools.volumes[].backups',
    of: (client) => client.storagePools.ref('default').volumes.ref('data').backups,
    before: withVolume,
    keys: ['one', 'two'],
    lacks: { save: 'nothing of one can be changed', ensure: 'it would be of another time' },
  },
  {
    place: 'projects',
    of: ({ projects }) => projects,
    keys: ['one', 'two'],
    ...configured,
  },
];

/** Managers that are something else than the rest: each with the specs that tell of it. */
export const others: Readonly<Record<string, string>> = {
  images: 'spec/resources/images: their keys come of their content',
  'images.aliases': 'spec/resources/images: their descriptions and targets',
  warnings: 'spec/resources/warnings.spec.ts: only servers make one',
  operations: 'spec/operations: nobody creates or changes one',
};
