import type { Row, Step } from '../walk.js';

const projects = '/1.0/projects';
const one = `${projects}/{name}`;
const own = '?project={name}';
const shared = '?project={name}-s';
const volumes = '/1.0/storage-pools/default/volumes/custom';
const root = { type: 'disk', path: '/', pool: 'default' };
const on = { 'features.images': 'true', 'features.profiles': 'true', 'features.storage.volumes': 'true' };
const off = { 'features.images': 'false', 'features.profiles': 'false', 'features.storage.volumes': 'false' };
const limits = { 'limits.memory': '1GiB', 'limits.cpu': '2' };

const project = (config: object): Step => ['POST', projects, { name: '{name}-x', config }];
const write = (config: object): Step => ['PUT', one, { config: { ...on, ...config } }];
const instance = (name: string, config: object): Step => [
  'POST',
  `/1.0/instances${own}`,
  { name, source: { type: 'none' }, config },
];
const volume = (config: object): Step => ['POST', volumes + own, { name: 'v', config }];

const oddValues = {
  'features.images': 'maybe',
  'images.auto_update_interval': 'x',
  'limits.containers': '-1',
  'limits.memory': '1x',
  'restricted.backups': 'x',
  'restricted.containers.interception': 'x',
  'restricted.containers.privilege': '1',
  'restricted.devices.nic': 'x',
  'restricted.devices.disk.paths': 'x',
  'restricted.networks.subnets': 'x',
  'backups.compression_algorithm': 'nope',
  'restricted.networks.integrations': 'x',
  'limits.disk.pool.default': '1x',
  'limits.disk.pool.nope': '1',
  'features.networks.zones': 'maybe',
};

/** Projects, with what is in them. */
export const projectRow: Row = {
  kind: 'projects',
  path: projects,
  make: { name: '{name}', description: 'd', config: { 'user.a': '1', 'user.b': '' } },
  names: ['a b', 'a_b', 'a"b', "a'b", '.', '..', '*', '-x', 'x'.repeat(64), 'default'],
  look: [`${one}/state`],
  before: [
    ...Object.entries(oddValues).flatMap(([key, value]) => [
      project({ [key]: value }),
      ['DELETE', `${projects}/{name}-x`] as const,
    ]),
    project({ 'features.profiles': '', 'features.images': 'no' }),
    ['GET', `${projects}/{name}-x`],
    ['GET', '/1.0/profiles?project={name}-x'],
    ['DELETE', `${projects}/{name}-x`], // never forced: Incus would blank the default profile of `default`
    ...['PUT', 'PATCH'].map((method): Step => [
      method,
      `${projects}/default`,
      { config: { 'features.images': 'false' } },
    ]),
    ['POST', `${projects}/default`, { name: 'x' }],
    ...['', '?force=1'].map((query): Step => ['DELETE', `${projects}/default${query}`]),
    ['GET', `${projects}/{name}-no/state`],
    ...['instances', 'images', 'images/aliases', 'profiles', 'network-acls'].map((list): Step => [
      'GET',
      `/1.0/${list}?project={name}-no`,
    ]),
    ['GET', `${volumes}?project={name}-no`],
    ['GET', '/1.0/instances/x?project={name}-no'],
    ['GET', `${volumes}/x?project={name}-no`],
  ],
  steps: [
    ['PUT', `/1.0/profiles/default${own}`, { devices: { root } }],
    ['PATCH', one, { description: null }],
    write({ ...limits, 'limits.containers': '2' }),
    instance('i1', { 'limits.memory': '2GiB', 'limits.cpu': '1' }),
    instance('i1', { 'limits.memory': '50%', 'limits.cpu': '1' }),
    instance('i1', { 'limits.memory': '512MiB', 'limits.cpu': '0-1' }),
    instance('i1', { 'limits.memory': '512MiB', 'limits.cpu': '1' }),
    instance('i2', { 'limits.memory': '513MiB', 'limits.cpu': '1' }),
    instance('i2', { 'limits.memory': '512MiB', 'limits.cpu': '1' }),
    instance('i3', { 'limits.memory': '1MiB', 'limits.cpu': '1' }),
    ['PATCH', `/1.0/instances/i1${own}`, { config: { 'limits.memory': '2GiB' } }],
    write({ ...limits, 'limits.memory': '100MiB' }),
    write({ ...limits, 'limits.cpu': '0' }),
    write({ 'limits.containers': '1' }),
    write({ 'limits.instances': '1' }),
    write({ 'limits.processes': '9' }),
    write({ 'limits.disk': '1GiB' }),
    ['DELETE', `/1.0/instances/i2${own}`],
    ['PUT', `/1.0/profiles/default${own}`, { devices: { root: { ...root, size: '100MiB' } } }],
    write({ 'limits.disk': '1GiB' }),
    volume({}),
    volume({ size: '2GiB' }),
    volume({ size: '200MiB' }),
    ['POST', `/1.0/profiles${own}`, { name: 'small' }],
    ['POST', `/1.0/profiles${own}`, { name: 'a b%20c?&+ä' }],
    ['GET', one],
    ['DELETE', `/1.0/profiles/${encodeURIComponent('a b%20c?&+ä')}${own}`],
    ['GET', `${projects}?recursion=1`],
    write({ 'features.images': 'false' }),
    ['POST', one, { name: '{name}-b' }],
    ['DELETE', one],
    ['DELETE', `/1.0/instances/i1${own}`],
    ['DELETE', one],
    ['DELETE', `${volumes}/v${own}`],
    ['DELETE', one],
    ['DELETE', `/1.0/profiles/small${own}`],
    ['PATCH', one, { config: { 'features.images': 'true' } }],
    ['GET', `/1.0/profiles${own}`],
    write({ 'features.networks': 'true' }),
    ['GET', `/1.0/profiles/default${own}`],
    // What one shares with `default`: it is never deleted with it.
    ['POST', projects, { name: '{name}-s', config: off }],
    ['GET', `${projects}/{name}-s`],
    ['POST', `/1.0/profiles${shared}`, { name: '{name}-p' }],
    ['GET', '/1.0/profiles/{name}-p'],
    ['GET', '/1.0/profiles?all-projects=true'],
    ['POST', '/1.0/images/aliases', { name: '{name}-a', target: '{image}' }],
    ['GET', `/1.0/images/aliases/{name}-a${shared}`],
    ['DELETE', `/1.0/images/aliases/{name}-a${shared}`],
    ['POST', volumes + shared, { name: '{name}-v' }],
    ['GET', volumes],
    ['GET', `${volumes}/{name}-v${shared}`],
    [
      'POST',
      `/1.0/instances${shared}`,
      { name: '{name}-i', source: { type: 'none' }, profiles: ['default', '{name}-p'] },
    ],
    ['GET', '/1.0/profiles/{name}-p'],
    ['DELETE', '/1.0/profiles/{name}-p'],
    ['GET', `${projects}/{name}-s`],
    ['GET', `${projects}/{name}-s/state`],
    // One feature alone, since Go takes them in any order.
    [
      'PUT',
      `${projects}/{name}-s`,
      { config: { ...off, 'features.storage.buckets': 'true', 'features.profiles': 'true' } },
    ],
    ['DELETE', `${projects}/{name}-s`],
    ['DELETE', `/1.0/instances/{name}-i${shared}`],
    ['DELETE', `${projects}/{name}-s`],
    ['DELETE', '/1.0/profiles/{name}-p'],
    ['DELETE', `${volumes}/{name}-v`],
  ],
  after: [
    ['POST', projects, { name: '{name}-f', config: { 'features.networks': 'true' } }],
    ['PUT', '/1.0/profiles/default?project={name}-f', { devices: { root } }],
    ['POST', '/1.0/instances?project={name}-f', { name: 'i1', source: { type: 'none' } }],
    ['POST', '/1.0/network-acls?project={name}-f', { name: 'acl' }],
    ['GET', '/1.0/network-acls/acl'],
    ['POST', '/1.0/networks?project={name}-f', { name: 'pjn0', type: 'bridge' }],
    ['GET', '/1.0/networks?project={name}-f'],
    ['GET', '/1.0/networks/lo?project={name}-f'],
    ['GET', '/1.0/networks/pjn0/forwards?project={name}-f'],
    ['POST', '/1.0/network-zones?project={name}-f', { name: '{name}.example' }],
    ['GET', '/1.0/network-zones/{name}.example'],
    ['GET', '/1.0/network-zones/{name}.example?project={name}-f'],
    ['DELETE', '/1.0/network-zones/{name}.example?project={name}-f'],
    ['GET', `${projects}/{name}-f`],
    ['DELETE', `${projects}/{name}-f?force=1`],
    ['GET', `${projects}/{name}-f`],
    ['DELETE', '/1.0/instances/i1?project={name}-f'],
    ['DELETE', `${projects}/{name}-f`],
    ['DELETE', '/1.0/network-acls/acl?project={name}-f'],
    ['DELETE', `${projects}/{name}-f`],
  ],
};
