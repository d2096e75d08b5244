import { createIdentity, type AuthGroup, type Client, type Model } from 'tslxd';
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
  /** What they belong to or need: makes it, and says how it goes again. */
  before?: (client: Client, server?: FakeServer) => Promise<{ delete(): Promise<unknown> } | undefined>;
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
  lacks?: Partial<Record<'save' | 'look back' | 'conflict' | 'second edit' | 'ensure' | 'watch', string>>;
  /** Whose things they are. */
  only?: 'lxd' | 'incus';
  /** Extensions that the fake has not by itself. */
  extensions?: readonly string[];
  /** Why real servers of these machines cannot have any. */
  fakeOnly?: string;
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

const group: Edit = (model: { groups: string[] }, value: string) => {
  if (!model.groups.includes(value)) model.groups.push(value);
};
const second: Edit = (model: { groups: string[] }) => {
  if (!model.groups.includes('second')) model.groups.push('second');
};
const viewing: Edit = ({ permissions }: AuthGroup) => {
  const wanted = { entityType: 'server', url: '/1.0', entitlement: 'viewer' };
  if (!permissions.some(({ entitlement }) => entitlement === 'viewer')) permissions.push(wanted);
};

const configured = { edits: [config, other], changed: ['config', 'user.a'] } as const;

/** Whoever overwrites one has changed the same value. */
const onlyExpiry = {
  'second edit': 'only the expiry can be changed',
  'look back': 'a stale write is a change of the same value',
};

/** A bridge without addresses. */
const none = { config: { 'ipv4.address': 'none', 'ipv6.address': 'none' } };

/** With a root disk of its own: the profile of another project has none. */
const bare = {
  source: { type: 'none' },
  devices: { root: { type: 'disk', path: '/', pool: 'default' } },
} as const;

/**
 * Each manager that there is; `name` makes names that nothing else on the server has, and `bridge` those that are short
 * enough for an interface.
 */
export function rowsOf(name: (label: string) => string, bridge = name): readonly Row[] {
  const [web, net, data, zone] = [name('web'), bridge('net0'), name('data'), `${name('lab')}.example`];
  const identities = ['one', 'two'].map((one) => createIdentity({ name: one }));
  const pair = (from = name) => [from('one'), from('two')] as const;
  const withWeb = (client: Client) => client.instances.create({ name: web, ...bare });
  const withBridge = (client: Client) =>
    client.networks.create({
      name: net,
      config: { 'ipv4.address': '10.177.9.1/24', 'ipv6.address': 'none' },
    });
  const withOvn = (_: Client, server?: FakeServer) => {
    server?.add('/1.0/networks', { name: net, type: 'ovn' });
    return Promise.resolve(undefined);
  };
  const withVolume = (client: Client) => client.storagePools.ref('default').volumes.create(data);
  const withZone = (client: Client) => client.networks.zones.create(zone);
  const instances: Omit<Row, 'place' | 'of'> = {
    keys: pair(),
    input: bare,
    ...configured,
    lacks: { 'look back': 'only where it met another writer' },
  };
  const withBucket = (client: Client) => client.storagePools.ref('default').buckets.create(data);
  const named = (key: string) => ({
    name: key,
    certificate: identities.find(({ fingerprint }) => key.endsWith(fingerprint))!.clientCert,
  });
  const withGroups = async (client: Client) => {
    for (const one of ['1', '22', 'second']) await client.auth.groups.ensure(one);
    return undefined;
  };
  const noOvn = 'there is no OVN';
  const s3 = {
    fakeOnly: 'there is no MinIO',
    extensions: ['storage_buckets', 'storage_buckets_all_projects'],
  };

  return [
    { place: 'instances', of: ({ instances: all }) => all, ...instances },
    { place: 'containers', of: ({ containers }) => containers, ...instances },
    {
      place: 'virtualMachines',
      of: ({ virtualMachines }) => virtualMachines,
      ...instances,
      fakeOnly: 'there is no KVM',
    },
    {
      place: 'instances[].snapshots',
      of: (client) => client.instances.ref(web).snapshots,
      before: withWeb,
      keys: pair(),
      edits: [expiry, expiry],
      changed: ['expires_at'],
      lacks: onlyExpiry,
    },
    {
      place: 'instances[].backups',
      of: (client) => client.instances.ref(web).backups,
      before: withWeb,
      keys: pair(),
      lacks: { save: 'nothing of one can be changed', ensure: 'it would be of another time' },
    },
    {
      place: 'snapshots',
      of: ({ snapshots }) => snapshots,
      before: withWeb,
      keys: [`${web}/one`, `${web}/two`],
      make: (client, key) => client.snapshots.create(key),
      edits: [expiry, expiry],
      changed: ['expires_at'],
      lacks: onlyExpiry,
    },
    { place: 'profiles', of: ({ profiles }) => profiles, keys: pair(), ...configured },
    { place: 'networks', of: ({ networks }) => networks, keys: pair(bridge), input: none, ...configured },
    { place: 'networks.acls', of: ({ networks }) => networks.acls, keys: pair(), ...configured },
    {
      place: 'networks.zones',
      of: ({ networks }) => networks.zones,
      keys: pair((label) => `${name(label)}.example`),
      ...configured,
    },
    {
      place: 'networks.zones[].records',
      of: (client) => client.networks.zones.ref(zone).records,
      before: withZone,
      keys: pair(),
      ...configured,
    },
    {
      place: 'networks.addressSets',
      of: ({ networks }) => networks.addressSets,
      keys: pair(),
      only: 'incus',
      extensions: ['network_address_set'],
      ...configured,
    },
    {
      place: 'networks.integrations',
      of: ({ networks }) => networks.integrations,
      keys: pair(),
      input: { type: 'ovn' },
      only: 'incus',
      ...configured,
    },
    {
      place: 'networks[].forwards',
      of: (client) => client.networks.ref(net).forwards,
      before: withBridge,
      keys: ['192.0.2.1', '192.0.2.2'],
      key: 'listenAddress',
      ...configured,
    },
    {
      place: 'networks[].loadBalancers',
      of: (client) => client.networks.ref(net).loadBalancers,
      before: withOvn,
      fakeOnly: noOvn,
      keys: ['192.0.2.1', '192.0.2.2'],
      key: 'listenAddress',
      extensions: ['network_load_balancer'],
      ...configured,
    },
    {
      place: 'networks[].loadBalancerPools',
      of: (client) => client.networks.ref(net).loadBalancerPools,
      before: withOvn,
      fakeOnly: noOvn,
      keys: pair(),
      only: 'lxd',
      extensions: ['network_load_balancer_pool'],
      edits: [description, (model: { config: Record<string, string> }) => (model.config.protocol = 'udp')],
      changed: ['description'],
    },
    {
      place: 'networks[].peers',
      of: (client) => client.networks.ref(net).peers,
      before: withOvn,
      fakeOnly: noOvn,
      keys: pair(),
      input: (key) => ({ targetNetwork: `of-${key}` }),
      ...configured,
    },
    {
      place: 'storagePools',
      of: ({ storagePools }) => storagePools,
      keys: pair(),
      input: { driver: 'dir' },
      ...configured,
    },
    {
      place: 'storagePools[].volumes',
      of: (client) => client.storagePools.ref('default').volumes,
      keys: pair(),
      ...configured,
    },
    {
      place: 'storagePools.volumes',
      of: ({ storagePools }) => storagePools.volumes,
      keys: pair((label) => `default/custom/${name(label)}`),
      make: (client, key) => client.storagePools.volumes.create(key),
      ...configured,
    },
    {
      place: 'storagePools[].volumes[].snapshots',
      of: (client) => client.storagePools.ref('default').volumes.ref(data).snapshots,
      before: withVolume,
      keys: pair(),
      edits: [description, expiry],
      changed: ['description'],
    },
    {
      place: 'storagePools[].volumes[].backups',
      of: (client) => client.storagePools.ref('default').volumes.ref(data).backups,
      before: withVolume,
      keys: pair(),
      lacks: { save: 'nothing of one can be changed', ensure: 'it would be of another time' },
    },
    {
      place: 'storagePools[].buckets',
      of: (client) => client.storagePools.ref('default').buckets,
      keys: pair(),
      ...configured,
      ...s3,
    },
    {
      place: 'storagePools[].buckets[].keys',
      of: (client) => client.storagePools.ref('default').buckets.ref(data).keys,
      before: withBucket,
      keys: pair(),
      input: { role: 'admin' },
      edits: [
        description,
        (model: { role: string }, value) => (model.role = value === '1' ? 'admin' : 'read-only'),
      ],
      changed: ['description'],
      ...s3,
    },
    {
      place: 'storagePools[].buckets[].backups',
      of: (client) => client.storagePools.ref('default').buckets.ref(data).backups,
      before: withBucket,
      keys: pair(),
      lacks: { save: 'nothing of one can be changed', ensure: 'it would be of another time' },
      ...s3,
      only: 'incus',
    },
    {
      place: 'projects',
      of: ({ projects }) => projects,
      keys: pair(),
      ...configured,
    },
    {
      place: 'certificates',
      of: ({ certificates }) => certificates,
      keys: identities.map(({ fingerprint }) => fingerprint) as [string, string],
      key: 'fingerprint',
      input: (key) => ({
        certificate: identities.find(({ fingerprint }) => fingerprint === key)?.clientCert,
        name: key,
      }),
      edits: [
        (model: { name: string }, value) => (model.name = value),
        (model: { projects: string[] }) => (model.projects = ['default']),
      ],
      changed: ['name'],
    },
    {
      place: 'auth.identities',
      of: ({ auth }) => auth.identities,
      before: withGroups,
      keys: identities.map(({ fingerprint }) => `tls/${fingerprint}`) as [string, string],
      make: async (client, key) => client.auth.identities.create(named(key)),
      input: named,
      edits: [group, second],
      changed: ['groups'],
      lacks: always,
      ...newer,
    },
    {
      place: 'auth.groups',
      of: ({ auth }) => auth.groups,
      keys: pair(),
      edits: [description, viewing],
      changed: ['description'],
      lacks: { 'look back': strict },
      ...newer,
    },
    {
      place: 'auth.identityProviderGroups',
      of: ({ auth }) => auth.identityProviderGroups,
      before: withGroups,
      keys: pair(),
      edits: [group, second],
      changed: ['groups'],
      lacks: { ...always, watch: 'LXD 6.9 tells of new ones only' },
      ...newer,
    },
  ];
}

/** What newer LXD has, and no server of these machines. */
const newer = {
  only: 'lxd',
  fakeOnly: 'LXD here is older',
  extensions: ['access_management', 'access_management_tls'],
} as const;

const strict = 'the server compares and writes in one step';
const always = { conflict: 'whoever adds is right', 'look back': strict };

/** Managers that are something else than the rest: each with the specs that tell of it. */
export const others: Readonly<Record<string, string>> = {
  images: 'spec/resources/images: their keys come of their content',
  'images.aliases': 'spec/resources/images: their descriptions and targets',
  warnings: 'spec/resources/warnings.spec.ts: only servers make one',
  operations: 'spec/operations: nobody creates or changes one',
};

/** What `create()` takes for a key, and what `ensure()` takes beside it. */
export function created(row: Row, key: string): object {
  return { [row.key ?? 'name']: key, ...inputOf(row, key) };
}

export function inputOf({ input = {} }: Row, key: string): object {
  return typeof input === 'function' ? (input as (key: string) => object)(key) : input;
}
