import type { Row, Step } from '../walk.js';

const pools = '/1.0/storage-pools';
const here = `${pools}/default/volumes/custom`;
const there = `${pools}/{name}-p/volumes/custom`;
const one = `${here}/{name}`;
const copied = `${there}/{name}-c`;

/** A copy in the other pool, looked at with its snapshots, which goes at once. */
const copies = (source: object, more: object = {}): Step[] => [
  [
    'POST',
    there,
    { name: '{name}-c', ...more, source: { type: 'copy', pool: 'default', name: '{name}', ...source } },
  ],
  ['GET', copied],
  ['GET', `${copied}/snapshots?recursion=1`],
  ['DELETE', copied],
];

const nobody = 'https://127.0.0.1:1/1.0/operations/00000000-0000-0000-0000-000000000000';
const secrets = { control: 'x', fs: 'y' };

const offer = (body: object): Step => [
  'POST',
  one,
  { migration: true, name: '{name}', pool: 'default', ...body },
];
const take = (source: object, more: object = {}): Step => [
  'POST',
  there,
  { name: '{name}-t', ...more, source: { type: 'migration', ...source } },
];

/** Copies of volumes between pools, moves, and migrations as far as nobody is at the other end. */
export const volumeMoves: Row = {
  kind: 'copied and moved volumes',
  path: here,
  make: {
    name: '{name}',
    description: 'd',
    config: { 'user.a': '1', 'snapshots.expiry': '3d', size: '5000001' },
  },
  setUp: [['POST', pools, { name: '{name}-p', driver: 'dir', config: { 'volume.snapshots.expiry': '1d' } }]],
  steps: [
    ...[{ name: 's1' }, { name: 's2', expires_at: '2040-01-02T03:04:05Z' }].map((body): Step => [
      'POST',
      `${one}/snapshots`,
      body,
    ]),
    ...copies({}),
    ...copies({}, { description: '', config: {} }),
    ...copies({ volume_only: true }, { description: 'own', config: { 'user.b': '2', 'user.c': '' } }),
    ...copies({ name: '{name}/s1' }),
    ...copies({ name: '{name}/none' }),
    ...copies({ name: '{name}-no' }),
    ...copies({ name: '' }),
    ...copies({ pool: '' }),
    ...copies({ pool: '{name}-no' }),
    ...copies({}, { config: { 'tslxd.nope': '1' } }),
    ...[{ 'tslxd.nope': '1' }, { 'user.b': '2' }].flatMap((config): Step[] => [
      ['POST', here, { name: '{name}-c', config, source: { type: 'copy', pool: 'default', name: '{name}' } }],
      ['GET', `${here}/{name}-c`],
      ['DELETE', `${here}/{name}-c`],
    ]),
    ...copies({}, { content_type: 'block' }),
    [
      'POST',
      `${pools}/{name}-no/volumes/custom`,
      { name: 'x', source: { type: 'copy', pool: 'default', name: '{name}' } },
    ],
    // Of a disk the size is written in bytes of whole blocks, unless it stays in its pool.
    ['POST', here, { name: '{name}-d', content_type: 'block', config: { size: '5000001' } }],
    ...copies({ name: '{name}-d' }),
    ['POST', here, { name: '{name}-c', source: { type: 'copy', pool: 'default', name: '{name}-d' } }],
    ['GET', `${here}/{name}-c`],
    ['DELETE', `${here}/{name}-c`],
    ['POST', `${here}/{name}-d`, { name: '{name}-d', pool: '{name}-p' }],
    ['GET', `${there}/{name}-d`],
    ['DELETE', `${there}/{name}-d`],
    // Moves there and back.
    ['POST', there, { name: '{name}-x' }],
    ...[{ name: '{name}-x' }, { name: '' }, { name: 'a/b' }, {}].map((body): Step => [
      'POST',
      one,
      { pool: '{name}-p', ...body },
    ]),
    ['POST', one, { name: '{name}', pool: '{name}-no' }],
    ['POST', `${here}/{name}-no`, { name: '{name}', pool: '{name}-p' }],
    ['POST', `${there}/{name}-x`, { name: '{name}-c', pool: '{name}-p' }],
    ['DELETE', `${there}/{name}-x`],
    ['DELETE', copied],
    ['POST', one, { name: '{name}-c', pool: '{name}-p' }],
    ['GET', copied],
    ['GET', `${copied}/snapshots?recursion=1`],
    ['GET', `${there}?recursion=1`],
    ['POST', copied, { name: '{name}', pool: 'default' }],
    ['GET', `${one}/snapshots?recursion=1`],
    ['GET', copied],
    // Migrations.
    ...[
      { name: '' },
      { target: { operation: nobody } },
      { target: { operation: nobody, secrets } },
      { target: { operation: nobody, secrets, certificate: 'nope' } },
    ].map(offer),
    ['POST', `${here}/{name}-no`, { migration: true, name: 'x', pool: 'default' }],
    ...[
      {},
      { mode: 'relay' },
      { mode: 'pull' },
      { mode: 'pull', operation: nobody, secrets: { control: 'x' } },
      { mode: 'pull', operation: nobody, secrets },
      { mode: 'pull', operation: nobody, secrets, certificate: 'nope' },
    ].map((source) => take(source)),
    ...[{ name: '' }, { name: 'a/b' }, { name: '{name}-e' }, { content_type: 'nope' }].flatMap(
      (more): Step[] => [
        ['POST', there, { name: '{name}-e' }],
        take({ mode: 'pull', operation: nobody }, more),
        ['DELETE', `${there}/{name}-e`],
      ],
    ),
    ['GET', `${there}?recursion=1`],
    ['DELETE', `${pools}/{name}-p`],
  ],
};
