import type { Row, Step } from './walk.js';

const acls = '/1.0/network-acls';
const acl = (more: object): Step => ['POST', acls, { name: '{name}-x', ...more }];
const rule = (more: object): Step => acl({ ingress: [{ action: 'allow', state: 'enabled', ...more }] });

/** A row for each declared kind. */
export const rows: readonly Row[] = [
  {
    kind: 'network ACLs',
    path: acls,
    make: {
      ...{ name: '{name}', description: ' x ', config: { 'user.b': '1', 'user.a': '' }, egress: null },
      ingress: [
        {
          action: ' allow ',
          state: 'enabled',
          source: ' 10.0.0.1, 10.0.0.2 ',
          destination: '',
          protocol: 'tcp',
          destination_port: ' 80 , 81 ',
          description: ' d ',
        },
        { action: 'drop', state: 'logged' },
      ],
    },
    before: [
      ...['a b', '@x', '-x', 'x-', 'x_y', 'x'.repeat(64)].map((name) => acl({ name })),
      ...[{}, [1], [{}], [{ action: 1 }], [{ action: 'allow' }], [{ state: 'enabled' }]].map((ingress) =>
        acl({ ingress }),
      ),
      ...['nope nope', 'nope', '10.0.0.1/x', '{name}'].map((source) => rule({ source })),
      ...['nope', 'tcp,udp'].map((protocol) => rule({ protocol })),
      ...['80', 'x', '1-99999'].map((destination_port) => rule({ protocol: 'tcp', destination_port })),
      ...[
        { source_port: '1' },
        { icmp_type: '1' },
        { icmp_code: '300', protocol: 'icmp4' },
        { protocol: 'udp', icmp_type: '1' },
        { protocol: 'icmp6', source_port: '1' },
      ].map(rule),
      ['DELETE', `${acls}/{name}-x`],
    ],
    steps: [
      ['GET', `${acls}/{name}/log`],
      ['POST', `${acls}/{name}/log`, {}],
      ['POST', acls, { name: '{name}-c', ingress: [{ action: 'drop', state: 'enabled', source: '{name}' }] }],
      ['GET', `${acls}?recursion=1`],
      ['POST', `${acls}/{name}`, { name: '{name}-d' }],
      ['DELETE', `${acls}/{name}`],
      ['DELETE', `${acls}/{name}-c`],
      ['PUT', `${acls}/{name}`, { ingress: [1, 2].map(() => ({ action: 'drop', state: 'enabled' })) }],
      ['PUT', `${acls}/{name}`, { ingress: [{ action: 'drop', state: 'enabled' }], description: 'y' }],
      ['PATCH', `${acls}/{name}`, { config: { 'user.d': '1' } }],
    ],
  },
];
