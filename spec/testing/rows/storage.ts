import type { Row, Step } from '../walk.js';

const pools = '/1.0/storage-pools';
const pool = (more: object): Step => ['POST', pools, { name: '{name}', driver: 'dir', ...more }];
const volumes = `${pools}/default/volumes/custom`;
const one = `${volumes}/{name}`;
const volume = (more: object): Step => ['POST', volumes, { name: '{name}-x', ...more }];
const snapshots = `${volumes}/{name}-v/snapshots`;
const instance = (devices: object): Step => [
  'POST',
  '/1.0/instances',
  { name: '{name}-i', source: { type: 'none' }, devices },
];

/** Storage pools, their volumes, and the snapshots of these. */
export const storage: readonly Row[] = [
  {
    kind: 'storage pools',
    path: pools,
    make: {
      name: '{name}',
      driver: 'dir',
      description: 'd',
      config: { 'user.a': '1', 'user.b': '', 'volume.size': '9MiB' },
    },
    look: [`${pools}/{name}/resources`, `${pools}/{name}/volumes?recursion=1`],
    before: [
      ...[{ driver: '' }, { driver: 'nope' }, { name: 'a {name}' }].map(pool),
      ...[{ nope: '1' }, { size: '1GiB' }, { 'rsync.bwlimit': '1x' }, { 'rsync.compression': 'maybe' }].map(
        (config) => pool({ config }),
      ),
      ...[{ 'volume.user.x': '1' }, { 'volume.size': '1x' }, { 'volume.nope': '1' }].map((config) =>
        pool({ config }),
      ),
    ],
    steps: [
      pool({ driver: 'btrfs' }),
      ['GET', `${pools}/{name}-no/volumes`],
      // In a project that is not there.
      ...['', '/{name}', '/{name}-no', '/{name}/resources'].map((path): Step => [
        'GET',
        `${pools}${path}?project={name}-no`,
      ]),
      ['GET', `${pools}?recursion=1&project={name}-no`],
      ['PATCH', `${pools}/{name}?project={name}-no`, { description: 'd' }],
      ...[{ source: '' }, { source: '/x' }, { size: '1GiB' }, { 'rsync.bwlimit': 'x' }].map(
        (config): Step => ['PATCH', `${pools}/{name}`, { config }],
      ),
      ['PUT', `${pools}/{name}`, { config: { source: '/x' } }],
      ['POST', `${pools}/{name}/volumes/custom`, { name: 'v' }],
      ['POST', `${pools}/{name}/volumes/custom/v/snapshots`, { name: 's' }],
      instance({
        root: { type: 'disk', path: '/', pool: '{name}' },
        data: { type: 'disk', path: '/d', pool: '{name}', source: 'v' },
      }),
      ['POST', '/1.0/instances/{name}-i/snapshots', { name: 's' }],
      ...[
        '',
        '?recursion=1',
        '/container',
        '/container?recursion=1',
        '/image',
        '/container/{name}-i',
        '/container/{name}-i/state',
        '/container/{name}-i/snapshots',
        '/container/{name}-i/snapshots?recursion=1',
        '/container/{name}-i/snapshots/s',
        '/container/{name}-i%2Fs',
        '/custom/v%2Fs',
      ].map((rest): Step => ['GET', `${pools}/{name}/volumes${rest}`]),
      ...['PATCH', 'POST', 'DELETE'].map((method): Step => [
        method,
        `${pools}/{name}/volumes/container/{name}-i`,
        { name: 'x' },
      ]),
      ['PUT', `${pools}/{name}/volumes/container/{name}-i`, { description: 'q' }],
      ['POST', `${pools}/{name}/volumes/container/{name}-i/snapshots`, { name: 'x' }],
      ...['PUT', 'PATCH', 'POST', 'DELETE'].map((method): Step => [
        method,
        `${pools}/{name}/volumes/container/{name}-i/snapshots/s`,
        { name: 'x' },
      ]),
      ['DELETE', `${pools}/{name}`],
      ['DELETE', `${pools}/{name}/volumes/custom/v`],
      // Not renamed while it is used: Incus 6.0.4 takes 30 seconds for that.
      ['DELETE', '/1.0/instances/{name}-i'],
      ['DELETE', `${pools}/{name}/volumes/custom/v`],
    ],
  },
  {
    kind: 'volumes',
    path: volumes,
    make: { name: '{name}', description: ' x ', config: { 'user.b': '1', 'user.a': '', size: '10MiB' } },
    look: [`${volumes}?recursion=1`],
    before: [
      ...[{ nope: '1' }, { size: '10M' }, { 'security.shifted': 'maybe' }, { 'snapshots.expiry': 'x' }].map(
        (config) => volume({ config }),
      ),
      ...[{ 'snapshots.schedule': 'x' }, { 'block.filesystem': 'ext4' }, { 'volatile.x': '1' }].map(
        (config) => volume({ config }),
      ),
      ...[{ content_type: 'nope' }, { source: { type: 'nope' } }, { name: '' }].map(volume),
      volume({ content_type: 'block', config: { size: '5MiB', 'security.shared': 'true' } }),
      ['GET', `${volumes}?filter=content_type+eq+block`],
      ['DELETE', `${volumes}/{name}-x`],
      ...[
        {},
        { name: '{name}-x' },
        { type: 'custom' },
        { name: '{name}-x', type: 'container' },
        { name: '{name}-x', type: 'nope' },
        [],
      ].map((body): Step => ['POST', `${pools}/default/volumes`, body]),
      ...['container', 'nope'].map((type): Step => [
        'POST',
        `${pools}/default/volumes/${type}`,
        { name: '{name}-x' },
      ]),
      ...['GET', 'PUT', 'PATCH', 'POST', 'DELETE'].flatMap((method) =>
        [`${pools}/{name}/volumes/custom/x`, `${pools}/default/volumes/nope/x`].map((path): Step => [
          method,
          path,
          { name: 'y' },
        ]),
      ),
      ...['{name}/volumes/custom', 'default/volumes/nope', 'default/volumes/custom/{name}-no/state'].map(
        (path): Step => ['GET', `${pools}/${path}`],
      ),
    ],
    steps: [
      ['GET', `${one}/state`],
      ['GET', `${pools}/default/volumes`],
      ['POST', one, { name: '{name}', pool: 'default' }],
      ['POST', one, { name: '{name}', pool: '{name}' }],
      ['PATCH', one, { config: { size: '1x' } }],
      ...[{ name: 's1' }, {}].map((body): Step => ['POST', `${one}/snapshots`, body]),
      ['GET', `${volumes}?recursion=1`],
      ['GET', volumes],
      ['GET', `${volumes}/{name}%2Fs1`],
      ...['nope', '{name}/s1', 's1'].map((restore): Step => ['PUT', one, { restore }]),
      ['PATCH', one, { restore: 's1' }],
      ...[
        { name: '{name}' },
        { name: '{name}/s1' },
        { name: '{name}-no' },
        { name: '{name}', pool: '{name}' },
        { name: '{name}', volume_only: true },
      ].flatMap((from, index): Step[] => [
        volume({ name: `{name}-c${index}`, source: { type: 'copy', pool: 'default', ...from } }),
        ['GET', `${volumes}/{name}-c${index}/snapshots`],
        ['DELETE', `${volumes}/{name}-c${index}`],
      ]),
      ['DELETE', `${one}/snapshots/s1`],
    ],
  },
  {
    kind: 'volume snapshots',
    path: snapshots,
    make: { name: '{name}', description: 'd', expires_at: '2040-01-02T03:04:05Z' },
    look: [`${snapshots}?recursion=1`],
    setUp: [
      ['GET', snapshots],
      ['POST', snapshots, { name: 'x' }],
      ['POST', volumes, { name: '{name}-v', config: { 'user.a': '1', 'snapshots.expiry': '1d' } }],
    ],
    before: [
      ...[{ name: 'a b' }, { name: 'x', expires_at: 'soon' }].map((body): Step => ['POST', snapshots, body]),
      ['POST', snapshots, { name: 'never', expires_at: '0001-01-01T00:00:00Z' }],
    ],
    steps: [
      ['PUT', `${snapshots}/{name}`, { description: 'e' }],
      ['PATCH', `${snapshots}/{name}`, { expires_at: '2040-02-02T03:04:05Z' }],
      ['PATCH', `${snapshots}/{name}`, { expires_at: null }],
      ['POST', `${snapshots}/{name}`, { name: 'never' }],
    ],
    after: [
      ['POST', snapshots, { name: 'last' }],
      ['DELETE', `${volumes}/{name}-v`],
    ],
  },
];
