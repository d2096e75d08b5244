import type { ClusterStep } from './cluster-walk.js';

type Given = readonly [method: string, path: string, body?: object, more?: Partial<ClusterStep>];
const steps = (list: readonly Given[]): ClusterStep[] =>
  list.map(([method, path, body, more]) => ({ method, path, ...(body && { body }), ...more }));

const onSecond = { at: 1 };
const unordered = { isUnordered: true } as const;

/** What is read of a cluster, and what a target does there. */
export const reads = steps([
  ['GET', '/1.0', undefined, { only: ['config', 'auth'] }],
  ['GET', '/1.0?target=n2', undefined, { only: ['config'] }],
  ['GET', '/1.0?target=n9'],
  ['PATCH', '/1.0', { config: { 'cluster.https_address': '127.0.0.1:1' } }],
  ['PATCH', '/1.0', { config: { 'user.x': '1' } }, onSecond],
  ['PATCH', '/1.0?target=n9', { config: { 'user.x': '2' } }],
  ['GET', '/1.0', undefined, { only: ['config'] }],
  ['GET', '/1.0?target=n3', undefined, { only: ['config'] }],
  ['GET', '/1.0/resources?target=n2', undefined, { only: [] }],
  ['GET', '/1.0/resources?target=n9'],
  ['GET', '/1.0/metrics?target=n9'],
  ['GET', '/1.0/storage-pools/default'],
  [
    'GET',
    '/1.0/storage-pools/default?target=n2',
    undefined,
    { only: ['name', 'locations', 'status', 'driver'] },
  ],
  ['GET', '/1.0/storage-pools/default?target=n9'],
  ['GET', '/1.0/storage-pools/default/resources?target=n2', undefined, { only: [] }],
  ['GET', '/1.0/storage-pools/default/resources?target=n9'],
  ['GET', '/1.0/instances?target=n9'],
  ['GET', '/1.0/instances/none?target=n9'],
  ['GET', '/1.0/profiles?target=n9'],
  ['GET', '/1.0/events?target=n9'],
  ['GET', '/1.0/cluster?target=n9', undefined, { only: ['enabled', 'server_name'] }],
]);

const net = '/1.0/networks/net1';

/** A network that is made in two phases. */
export const networks = steps([
  ['POST', '/1.0/networks', { name: 'net0', type: 'bridge' }],
  ['POST', '/1.0/networks?target=n9', { name: 'net1', type: 'bridge' }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'bridge', config: { 'ipv4.address': 'none' } }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'bridge', config: { 'user.x': '1' } }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'nope' }],
  ['POST', '/1.0/networks?target=n1', { name: '', type: 'bridge' }],
  ['POST', '/1.0/networks?target=n1', { name: 'a/b', type: 'bridge' }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'bridge', description: 'first' }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'bridge' }],
  ['GET', net],
  ['GET', `${net}?target=n1`],
  ['GET', `${net}?target=n2`],
  ['GET', net, undefined, onSecond],
  ['PATCH', net, { description: 'x' }],
  ['PUT', `${net}?target=n1`, { description: 'x', config: {} }],
  ['POST', net, { name: 'net2' }],
  ['POST', '/1.0/networks', { name: 'net1', type: 'bridge' }],
  ['POST', '/1.0/networks?target=n2', { name: 'net1', type: 'macvlan' }],
  ['POST', '/1.0/networks?target=n2', { name: 'net1', type: 'bridge', description: 'second' }, onSecond],
  ['POST', '/1.0/networks', { name: 'net1', type: 'bridge' }],
  [
    'POST',
    '/1.0/networks?target=n3',
    { name: 'net1', type: 'bridge', config: { 'bridge.external_interfaces': 'nope0' } },
  ],
  ['GET', net],
  ['GET', `${net}?target=n3`],
  [
    'POST',
    '/1.0/networks',
    { name: 'net1', type: 'bridge', config: { 'bridge.external_interfaces': 'nope0' } },
  ],
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan' }],
  ['GET', net],
  ['DELETE', net],
  ['GET', net],
  // Of a bridge, each member would want the one interface of that name that this machine can have.
  ...(['n1', 'n2', 'n3'] as const).map((name): Given => [
    'POST',
    `/1.0/networks?target=${name}`,
    { name: 'net1', type: 'macvlan', description: name, ...(name !== 'n3' && { config: { parent: 'lo' } }) },
  ]),
  ['POST', '/1.0/networks', { name: 'net1', type: 'bridge' }],
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan', config: { parent: 'lo' } }],
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan', config: { 'tslxd.nope': '1' } }],
  ['DELETE', net],
  ...(['n1', 'n2', 'n3'] as const).map((name): Given => [
    'POST',
    `/1.0/networks?target=${name}`,
    { name: 'net1', type: 'macvlan', description: name, config: { parent: 'lo' } },
  ]),
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan', description: 'last', config: { mtu: '1400' } }],
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan' }],
  ['POST', '/1.0/networks', { name: 'net1', type: 'macvlan', config: { mtu: '1400' } }],
  ['POST', '/1.0/networks?target=n1', { name: 'net1', type: 'macvlan' }],
  ['GET', net],
  ['GET', `${net}?target=n2`],
  ['GET', `${net}?target=n9`],
  ['GET', `${net}/state?target=n9`],
  ['PATCH', net, { config: { parent: '' } }],
  ['PATCH', net, { config: { parent: 'lo' } }],
  ['PATCH', `${net}?target=n2`, { config: { mtu: '1500' } }],
  ['PATCH', `${net}?target=n2`, { config: { mtu: '1400', parent: 'lo' } }],
  ['PATCH', `${net}?target=n2`, { description: 'second' }],
  ['GET', net],
  ['PATCH', net, { config: { 'user.x': '1' }, description: 'all' }, onSecond],
  ['GET', `${net}?target=n3`],
  ['POST', net, { name: 'net2' }],
  ['DELETE', net],
  ['GET', net],
]);

const bridge = '/1.0/networks/tsclwalk0';
const bridgeConfig = { 'ipv4.address': '10.199.7.1/24', 'ipv4.nat': 'false', 'ipv6.address': 'none' };

/** Makes a bridge, which real members that share a machine cannot all have: what they say to that is not compared. */
export const bridgeParts = steps([
  ...(['n1', 'n2', 'n3'] as const).map((name): Given => [
    'POST',
    `/1.0/networks?target=${name}`,
    { name: 'tsclwalk0', type: 'bridge' },
  ]),
  ['POST', '/1.0/networks', { name: 'tsclwalk0', config: bridgeConfig }],
]);

const forwards = `${bridge}/forwards`;

/** Forwards belong to members. */
export const networkForwards = steps([
  ['POST', `${forwards}?target=n1`, { listen_address: '10.50.0.1' }],
  ['POST', `${forwards}?target=n2`, { listen_address: '10.50.0.1' }],
  ['POST', `${forwards}?target=n1`, { listen_address: '10.50.0.1' }],
  ['POST', `${forwards}?target=n9`, { listen_address: '10.50.0.9' }],
  ['POST', forwards, { listen_address: '10.50.0.3' }, onSecond],
  ['GET', forwards, undefined, unordered],
  ['GET', `${forwards}?recursion=1`, undefined, unordered],
  ['GET', `${forwards}?recursion=1&target=n2`, undefined, unordered],
  ['GET', `${forwards}/10.50.0.1`],
  ['GET', `${forwards}/10.50.0.1?target=n2`],
  ['GET', `${forwards}/10.50.0.3`],
  ['GET', `${forwards}/10.50.0.3?target=n1`],
  ['PATCH', `${forwards}/10.50.0.1?target=n2`, { description: 'two', config: {} }],
  ['PATCH', `${forwards}/10.50.0.1`, { description: 'none', config: {} }],
  ['GET', `${forwards}?recursion=1`, undefined, unordered],
  ['DELETE', `${forwards}/10.50.0.1`],
  ['DELETE', `${forwards}/10.50.0.1?target=n1`],
  ['DELETE', `${forwards}/10.50.0.1`],
  ['DELETE', `${forwards}/10.50.0.3`],
  ['GET', forwards, undefined, unordered],
  ['DELETE', bridge],
]);

const pool = '/1.0/storage-pools/p1';

/** A pool that is made in two phases. */
export const pools = steps([
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'dir' }],
  ['POST', '/1.0/storage-pools?target=n9', { name: 'p1', driver: 'dir' }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1', driver: 'dir', config: { 'rsync.bwlimit': '1' } }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1', driver: 'nope' }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1' }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1', driver: 'dir', description: 'first' }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1', driver: 'dir' }],
  ['GET', pool],
  ['GET', `${pool}?target=n1`],
  ['GET', `${pool}?target=n2`],
  ['GET', '/1.0/storage-pools?recursion=1', undefined, { only: ['name', 'status', 'locations'] }],
  ['PATCH', pool, { description: 'x' }],
  ['PUT', pool, { description: 'x' }],
  ['GET', `${pool}/resources`],
  ['GET', `${pool}/volumes`],
  ['POST', `${pool}/volumes/custom`, { name: 'v' }],
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'dir' }],
  ['POST', '/1.0/storage-pools?target=n2', { name: 'p1', driver: 'btrfs' }],
  ['POST', '/1.0/storage-pools?target=n2', { name: 'p1', driver: 'dir', description: 'second' }, onSecond],
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'dir' }],
  ['GET', pool],
  ['DELETE', pool],
  ['GET', pool],
  ...(['n1', 'n2', 'n3'] as const).map((name): Given => [
    'POST',
    `/1.0/storage-pools?target=${name}`,
    { name: 'p1', driver: 'dir', description: name },
  ]),
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'dir', config: { source: '/tmp' } }],
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'btrfs' }],
  ['POST', '/1.0/storage-pools', { name: 'p1' }],
  [
    'POST',
    '/1.0/storage-pools',
    { name: 'p1', driver: 'dir', description: 'last', config: { 'rsync.bwlimit': '1MB' } },
  ],
  ['POST', '/1.0/storage-pools', { name: 'p1', driver: 'dir' }],
  ['POST', '/1.0/storage-pools?target=n1', { name: 'p1', driver: 'dir' }],
  ['GET', pool],
  ['GET', `${pool}?target=n2`, undefined, { only: ['name', 'description', 'locations', 'status'] }],
  ['PATCH', pool, { config: { source: '/tmp' } }],
  ['PATCH', `${pool}?target=n2`, { config: { 'rsync.bwlimit': '2MB' } }],
  ['PATCH', `${pool}?target=n2`, { description: 'two' }],
  ['PATCH', pool, { description: 'all', config: { 'rsync.bwlimit': '3MB' } }],
  ['GET', pool],
  ['DELETE', pool],
]);

const volumes = '/1.0/storage-pools/default/volumes/custom';

/** Volumes belong to members. */
export const storageVolumes = steps([
  ['POST', `${volumes}?target=n1`, { name: 'v' }],
  ['POST', `${volumes}?target=n2`, { name: 'v' }],
  ['POST', `${volumes}?target=n2`, { name: 'v' }],
  ['POST', `${volumes}?target=n9`, { name: 'v' }],
  ['POST', volumes, { name: 'w' }, onSecond],
  ['POST', volumes, { name: 'v' }],
  ['GET', volumes],
  ['GET', `${volumes}?recursion=1`],
  ['GET', `${volumes}?recursion=1&target=n2`],
  ['GET', `${volumes}?target=n9`],
  ['GET', '/1.0/storage-pools/default/volumes'],
  ['GET', `${volumes}/v`],
  ['GET', `${volumes}/v?target=n1`],
  ['GET', `${volumes}/v?target=n2`],
  ['GET', `${volumes}/v?target=n3`],
  ['GET', `${volumes}/v?target=n9`],
  ['GET', `${volumes}/w`],
  ['GET', `${volumes}/w?target=n1`],
  ['PATCH', `${volumes}/v`, { description: 'x' }],
  ['PATCH', `${volumes}/v?target=n2`, { description: 'two' }],
  ['PATCH', `${volumes}/w`, { description: 'www' }],
  ['GET', `${volumes}?recursion=1`],
  ['GET', `${volumes}/w/state`],
  ['GET', `${volumes}/w/state?target=n2`],
  ['POST', `${volumes}/w/snapshots`, { name: 's' }],
  ['GET', `${volumes}/w/snapshots`],
  ['GET', `${volumes}/w/snapshots?target=n2`],
  ['GET', `${volumes}/w/snapshots/s`],
  ['POST', `${volumes}/v`, { name: 'x' }],
  ['POST', `${volumes}/v?target=n2`, { name: 'x' }],
  ['POST', `${volumes}/w`, { name: 'y' }],
  ['DELETE', `${volumes}/x?target=n1`],
  ['DELETE', `${volumes}/x`],
  ['DELETE', `${volumes}/y/snapshots/s`],
  ['DELETE', `${volumes}/y`],
  ['DELETE', `${volumes}/v?target=n3`],
  ['DELETE', `${volumes}/v`],
  ['GET', volumes],
]);

const none = { type: 'none' };
const located = { only: ['name', 'status', 'location'] };

/** Where instances are made, and moved to. */
export const instances = steps([
  ['POST', '/1.0/instances?target=n9', { name: 'one', source: none }],
  ['POST', '/1.0/instances?target=@none', { name: 'one', source: none }],
  ['POST', '/1.0/instances?target=', { name: 'zero', source: none }],
  ['POST', '/1.0/instances', { name: 'zero-b', source: none }, onSecond],
  ['GET', '/1.0/instances?recursion=1', undefined, located],
  ['POST', '/1.0/instances?target=n1', { name: 'one', source: none }, onSecond],
  ['POST', '/1.0/instances?target=n2', { name: 'two', source: none }],
  ['POST', '/1.0/instances?target=n3', { name: 'three', source: none }],
  ['POST', '/1.0/instances?target=n3', { name: 'two', source: none }],
  ['POST', '/1.0/instances?target=@default', { name: 'four', source: none }],
  ['GET', '/1.0/instances?recursion=1', undefined, located],
  ['GET', '/1.0/instances/two?target=n9', undefined, located],
  ['GET', '/1.0/instances/two', undefined, { ...located, at: 2 }],
  ['PATCH', '/1.0/instances/two', { description: 'x' }, { at: 2 }],
  ['POST', '/1.0/instances/two?target=n2', { name: 'two', migration: true, live: false }],
  ['POST', '/1.0/instances/two?target=n9', { name: 'two', migration: true, live: false }],
  ['POST', '/1.0/instances/two?target=@none', { name: 'two', migration: true, live: false }],
  ['POST', '/1.0/instances/nope?target=n2', { name: 'nope', migration: true, live: false }],
  ['POST', '/1.0/instances/two?target=n3', { name: 'two', migration: true, live: false }],
  ['GET', '/1.0/instances/two', undefined, located],
  ['POST', '/1.0/instances/two?target=n1', { name: 'two-b', migration: true, live: false }],
  ['GET', '/1.0/instances?recursion=1', undefined, located],
  ['POST', '/1.0/instances/two-b', { name: 'two' }, onSecond],
  ['POST', '/1.0/instances/one?target=n2', { name: 'one' }],
  ['GET', '/1.0/instances?recursion=1', undefined, located],
  ...(['zero', 'zero-b', 'one', 'two', 'four'] as const).map((name): Given => [
    'DELETE',
    `/1.0/instances/${name}`,
  ]),
  ['GET', '/1.0/instances?recursion=1', undefined, located],
]);

/** When a member is dead that has the instance `three`, and the others have noticed. */
export const afterDeath = steps([
  ['GET', '/1.0/instances'],
  ['GET', '/1.0/instances?recursion=1'],
  ['GET', '/1.0/instances?recursion=2'],
  ['GET', '/1.0/operations', undefined, { only: [] }],
  ['POST', '/1.0/profiles', { name: 'p' }],
  ['GET', '/1.0/instances/three'],
  ['GET', '/1.0?target=n3'],
]);
