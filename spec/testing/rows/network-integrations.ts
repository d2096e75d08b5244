import type { Row, Step } from '../walk.js';

const integrations = '/1.0/network-integrations';
const one = (more: object): Step => ['POST', integrations, { name: '{name}-x', type: 'ovn', ...more }];
const again = ['{name}', '{name}-a', '{name}-b'];

/** Network integrations, which nothing connects to before a peer is made. */
export const networkIntegrations: Row = {
  kind: 'network integrations',
  path: integrations,
  make: { name: '{name}', type: 'ovn', description: ' x ', config: { 'user.b': '1', 'user.a': '' } },
  before: [
    ...[{ type: 'zz' }, { type: '' }, { config: { nope: '1' } }, { config: { nope: '' } }].map(one),
    one({ config: { 'ovn.northbound_connection': 'x', 'ovn.client_key': 'k', 'ovn.transit.pattern': '{{' } }),
  ],
  steps: [
    ['POST', integrations, { name: '{name}-a', type: 'ovn' }],
    ['POST', `${integrations}/{name}-no`, { name: '{name}-a' }],
    ['PUT', `${integrations}/{name}`, { config: { 'ovn.ca_cert': 'x' }, type: 'zz' }],
    ['DELETE', `${integrations}/{name}-x`],
  ],
  renames: again,
  after: ['-a', '-b'].map((end): Step => ['DELETE', `${integrations}/{name}${end}`]),
};
