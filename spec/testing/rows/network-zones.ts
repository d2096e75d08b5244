import type { Row, Step } from '../walk.js';

const zones = '/1.0/network-zones';
const zone = (config: object): Step => ['POST', zones, { name: '{name}-x', config }];
const records = `${zones}/{name}-z/records`;
const one = `${records}/{name}`;
const record = (more: object): Step => ['POST', records, { name: '{name}-x', ...more }];
const gone: Step = ['DELETE', `${records}/{name}-x`];
const entries = (list: unknown): Step => record({ entries: list });

/** Lines of a zone file that are none, and odd ones that are. */
const odd = [
  ...[{}, { type: 'A' }, { type: 'ZZ', value: 'x' }, { type: 'A B', value: '1.2.3.4' }],
  ...[{ value: '1.2.3.4' }, { type: 'A', value: 'x', ttl: 5 }, { type: 'A', value: '::1' }],
  ...['x y', '1.2.3.4 y', ' 1.2.3.4 '].map((value) => ({ type: 'A', value })),
  ...['1.2.3.4', '::1'].map((value) => ({ type: 'aaaa', value })),
  ...['mail', '10 mail', '10 mail x'].map((value) => ({ type: 'MX', value })),
  ...['', 'a b', 'a.b.c.'].map((value) => ({ type: 'cname', value })),
  ...['', 'a b c'].map((value) => ({ type: 'TXT', value })),
  ...['5', -5, 1.5, 99999999999, 0].map((ttl) => ({ type: 'A', value: '1.2.3.4', ttl })),
];

/** DNS zones, and what is in them. */
export const networkZones: readonly Row[] = [
  {
    kind: 'network zones',
    path: zones,
    make: { name: '{name}', description: ' x ', config: { 'user.b': '1', 'user.a': '' } },
    setUp: [['DELETE', `${zones}/a%2Fb`]],
    before: [
      ...[{ nope: '1' }, { nope: '' }, { 'network.nat': 'maybe' }, { 'dns.contact': 'a.b.' }].map(zone),
      ...['x', 'x.foo', 'x.y.key', ''].map((key) => zone({ [`peers.${key}`]: '1' })),
      ...['nope', '1.2.3.4/24'].map((address) => zone({ 'peers.x.address': address })),
      zone({ 'peers.x.address': '1.2.3.4', 'peers.x.key': 'k', 'dns.nameservers': 'a,b' }),
      ['DELETE', `${zones}/{name}-x`],
    ],
    steps: [
      ['POST', `${zones}/{name}/records`, { name: '{name}-r' }],
      ['GET', `${zones}?recursion=1`],
      ['PATCH', `${zones}/{name}`, { config: { 'network.nat': 'maybe' } }],
    ],
    renames: ['x'],
    after: [
      ['GET', `${zones}/{name}/records`],
      ['DELETE', `${zones}/a%2Fb`],
    ],
  },
  {
    kind: 'records of network zones',
    path: records,
    make: { name: '{name}', description: ' x ', entries: [{ type: 'A', value: '1.2.3.4', ttl: 60 }] },
    look: [`${records}?recursion=1`],
    setUp: [
      ['GET', records],
      record({}),
      ...['PUT', 'PATCH', 'DELETE'].map((method): Step => [method, `${records}/x`, {}]),
      ['POST', zones, { name: '{name}-z', config: { 'user.zone': '1' } }],
    ],
    before: [
      ...[[], null, 1, [1], [null], [[]], [{ type: 1 }]].flatMap((list) => [entries(list), gone]),
      ...odd.flatMap((entry) => [entries([entry]), gone]),
      entries([
        { type: 'A', value: '1.1.1.1' },
        { type: 'A', value: '1.1.1.1', ttl: 5 },
      ]),
      record({ config: { nope: '1' }, entries: [{}] }),
      ...['@', '*.w', 'a b', 'a%b', '.'].flatMap((name): Step[] => [
        ['POST', records, { name: `${name}{name}` }],
        ['GET', `${records}?recursion=1`],
      ]),
      ['GET', `${records}/%2A.w{name}`],
      ['GET', `${records}/a%20b{name}`],
      ['GET', `${records}/a%25b{name}`],
    ],
    steps: [
      ['POST', zones, { name: '{name}-y' }],
      ['POST', `${zones}/{name}-y/records`, { name: '{name}' }],
      ['DELETE', `${zones}/{name}-y`],
      ['PUT', one, { entries: [{ type: 'A', value: 'x' }] }],
      ['PUT', one, { config: { 'user.a': '1' }, entries: [{ type: 'TXT', value: 'b' }] }],
      ['PATCH', one, { description: 'y' }],
      ['PATCH', one, { config: { 'user.b': '1' }, entries: [{ type: 'TXT', value: 'c' }] }],
      ['PATCH', one, { config: {} }],
    ],
    renames: ['x'],
    after: [['DELETE', `${zones}/{name}-z`]],
  },
];
