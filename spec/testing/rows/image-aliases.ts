import type { Row, Step } from '../walk.js';

const aliases = '/1.0/images/aliases';
const target = '{image}';
const post = (body: object): Step => ['POST', aliases, body];

/** Image aliases. */
export const imageAliases: Row = {
  kind: 'image aliases',
  path: aliases,
  make: { name: '{name}', target, description: 'd', type: 'x' },
  before: [
    ...[{ target }, { target: '' }, { target: '0000' }, { target: 1 }].map((more) =>
      post({ name: '{name}-x', ...more }),
    ),
    post({ name: '{name}', target: '0000', description: 1 }),
  ],
  steps: [
    post({ name: '{name}/a b', target }),
    post({ name: '{name}', target: '0000' }),
    ...['%2Fa%20b', '/a%20b', '/a', '%2F', '/'].map((end): Step => ['GET', `${aliases}/{name}${end}`]),
    ['GET', `${aliases}?recursion=1`],
    ...['PUT', 'PATCH'].flatMap((method) =>
      [
        ...[{ target }, { target, description: 'e' }, { target: '0000' }, { target: '' }, { target: 1 }],
        ...[{ target: null }, { target, description: 1 }, { description: 'f' }],
      ].flatMap((body): Step[] => [
        [method, `${aliases}/{name}`, body],
        [method, `${aliases}/{name}/a%20b`, body, { 'If-Match': '"x"' }],
      ]),
    ),
    ['PUT', `${aliases}/{name}`, { target }, { 'If-Match': 'own' }],
    ['PUT', `${aliases}/{name}-no`, { target }],
    ['PUT', `${aliases}/{name}-no`, { target: 1 }],
    ['PATCH', `${aliases}/{name}-no`, { target: '0000' }],
    ['POST', `${aliases}/{name}`, { name: '{name}/a b' }],
    ['POST', `${aliases}/{name}-no`, { name: '{name}/a b' }],
    ['POST', `${aliases}/{name}-no`, { name: 1 }],
    ['DELETE', `${aliases}/{name}/a%20b`],
  ],
  after: ['', '%2Fb', '-b'].map((end): Step => ['DELETE', `${aliases}/{name}${end}`]),
  // What is written then, locks the database of LXD 5.0.2 for ten seconds, for everybody.
  spared: {
    lxd: ([method, path, body, headers]) =>
      path.startsWith(`${aliases}/{name}`) &&
      !path.includes('-no') &&
      typeof body === 'object' &&
      (method === 'POST' || (method === 'PATCH' && headers?.['If-Match'] !== '"x"')),
  },
};
