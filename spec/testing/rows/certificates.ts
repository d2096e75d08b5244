import { X509Certificate } from 'node:crypto';
import { createIdentity } from 'tslxd';
import type { Row, Step } from '../walk.js';

const path = '/1.0/certificates';
const [first, second] = ['one', 'two'].map((name) => {
  const { clientCert: pem, fingerprint } = createIdentity({ name });
  return { pem, at: `${path}/${fingerprint}`, certificate: new X509Certificate(pem).raw.toString('base64') };
}) as [Made, Made];

interface Made {
  pem: string;
  at: string;
  /** As a new one is sent. */
  certificate: string;
}

const { certificate, at } = first;
const name = '{name}';
const post = (body: object | string): Step => ['POST', path, body];
const begins = at.slice(0, path.length + 25);

const odd: (object | string)[] = [
  ...['', '{bad', '[]', {}, { name: 1 }, { restricted: 'yes' }, { projects: 'a' }, { token: 1 }],
  ...[
    { name, type: 'client' },
    { name, certificate },
    { name, type: 'nope', certificate },
  ],
  ...['zz', 'aGFsbG8=', 'aGFsbG', 'a*GF', first.pem].map((text) => ({
    name,
    type: 'client',
    certificate: text,
  })),
  ...[
    { name, type: 'nope', certificate: 'zz' },
    { name, type: 'nope', certificate, projects: ['nope'] },
  ],
  { name, type: 'client', certificate, restricted: true, projects: ['nope'] },
  ...['metrics', 'nope', ''].map((type) => ({ name, type, token: true })),
];

const writes: object[] = [
  ...[{}, { name: 'b{name}' }, { name: 1 }, { type: 'nope' }, { type: 'metrics' }, { type: 'client' }],
  ...[
    { type: 'client', name },
    { type: 'client', name, restricted: true, projects: ['default'] },
  ],
  ...[
    { type: 'client', projects: ['nope'] },
    { type: 'client', projects: null, description: 'x' },
  ],
  ...[
    { type: 'client', name, restricted: 'x' },
    { type: 'client', name, certificate: 'x' },
  ],
];

/** Trusted certificates; a token is an operation that nobody waits for. */
export const certificates: Row = {
  kind: 'certificates',
  path,
  make: {},
  isBare: true,
  look: [at],
  steps: [
    ...odd.map(post),
    post({ name, type: 'client', certificate }),
    post({ name: '{name}-b', type: 'client', certificate }),
    post({ name: '{name}-b', type: 'nope', certificate }),
    post({ name, type: 'client', certificate, projects: ['nope'] }),
    ...['', '?recursion=1', '?recursion=1&filter=name+eq+{name}', '?recursion=1&filter=name+eq+x'].map(
      (query): Step => ['GET', path + query],
    ),
    ...['?filter=nope', '?recursion=1&all-projects=true', '?recursion=1&project=nope'].map((query): Step => [
      'GET',
      path + query,
    ]),
    ...[begins, begins.replace(/[^/]+$/, (text) => text.toUpperCase()), `${at}0`, `${path}/zz`].map(
      (one): Step => ['GET', one],
    ),
    ...['PATCH', 'PUT'].flatMap((method) => [
      ...writes.map((body): Step => [method, at, body]),
      [method, at, { type: 'client', name: 'c{name}' }, { 'If-Match': 'own' }] as const,
      [method, at, { type: 'client' }, { 'If-Match': '"x"' }] as const,
      [method, `${path}/zz`, { type: 'client' }] as const,
      [method, at, '{bad'] as const,
      [method, begins, { type: 'client', name, certificate: second.pem }] as const,
      ['GET', second.at] as const,
      [method, second.at, { type: 'client', name, certificate: first.pem }] as const,
    ]),
    ['POST', at, { name: 'x' }],
    ['DELETE', `${path}/zz`],
    ['DELETE', begins],
    ['DELETE', at],
    ...['server', 'metrics'].flatMap((type): Step[] => [
      post({ name: '', type, certificate, restricted: true, description: 'd' }),
      ['GET', at],
      ['DELETE', at],
    ]),
    ['PATCH', path, {}],
  ],
};
