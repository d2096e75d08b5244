import type { Row } from '../walk.js';
import { addresses, ports } from './values.js';

const acls = '/1.0/network-acls';
const source = { action: 'drop', state: 'enabled', source: '{name}' };

/** Network ACLs. */
export const networkAcls: Row = {
  kind: 'network ACLs',
  path: acls,
  make: { name: '{name}', description: ' x ', config: { 'user.b': '1', 'user.a': '' }, egress: null },
  names: ['a b', '@x', '-x', 'x-', 'x_y', 'x'.repeat(64)],
  items: {
    list: 'ingress',
    one: { action: 'drop', state: 'logged' },
    full: {
      ...{ action: ' allow ', source: ' 10.0.0.1, 10.0.0.2 ', destination: '', description: ' d ' },
      ...{ protocol: 'tcp', destination_port: ' 80 , 81 ' },
    },
    odd: [
      ...[...addresses, 'nope', '{name}', '@x'].map((source) => ({ source })),
      ...ports.map((destination_port) => ({ protocol: 'tcp', destination_port })),
      ...['nope', 'tcp,udp', 'icmp6'].map((protocol) => ({ protocol, source_port: '1' })),
      ...['nope', '', 'udp'].map((protocol) => ({ protocol, icmp_type: '1' })),
      ...['300', '1'].map((icmp_code) => ({ protocol: 'icmp4', icmp_code })),
    ],
  },
  steps: [
    ...['GET', 'POST'].map((method) => [method, `${acls}/{name}/log`, {}] as const),
    ['POST', acls, { name: '{name}-c', ingress: [source] }],
    ['POST', acls, { name: '{name}-x', egress: [source], ingress: [{}] }],
    ['GET', `${acls}?recursion=1`],
    ['POST', `${acls}/{name}`, { name: '{name}-d' }],
    ...['', '-c'].map((end) => ['DELETE', `${acls}/{name}${end}`] as const),
  ],
};
