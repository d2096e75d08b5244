import type { Row, Step } from '../walk.js';

const networks = '/1.0/networks';
const one = `${networks}/{name}`;
const none = { 'ipv4.address': 'none', 'ipv6.address': 'none' };
const network = (config: object, more: object = {}): Step => [
  'POST',
  networks,
  { name: '{name}-x', config: { ...none, ...config }, ...more },
];
const everyWrite = (path: string): Step[] =>
  ['PUT', 'PATCH', 'POST', 'DELETE'].map((method): Step => [method, path, { name: 'xy' }]);
const nic = (device: object) => ({ devices: { eth0: { type: 'nic', name: 'eth0', ...device } } });

const forwards = `${one}/forwards`;
const forward = `${forwards}/198.51.100.17`;
const port = { protocol: 'tcp', listen_port: '80', target_address: '10.77.17.2' };
const written = (method: string, ports: readonly unknown[], more: object = {}): Step => [
  method,
  forward,
  { config: {}, ports, ...more },
];

/**
 * Networks, and their forwards. No IPv4 subnet is left to chance, since not every machine has one; subnets and listen
 * addresses are of these rows alone, since a server has each once.
 */
export const allNetworks: readonly Row[] = [
  {
    kind: 'networks',
    isUsedUnordered: true,
    path: networks,
    isShort: true,
    make: { name: '{name}', description: ' x ', config: { ...none, 'user.b': '1', 'user.a': '' } },
    look: [`${one}/state`, `${one}/leases`],
    before: [
      ...['x', 'x'.repeat(16), 'a b', 'a/b', 'a:b', 'a*', 'é', 'lo', '..', 'none'].map((name): Step => [
        'POST',
        networks,
        { name, config: none },
      ]),
      ['DELETE', `${networks}/none`],
      ...['nope', 'loopback', 'macvlan', 'physical', 'sriov'].map((type) => network({}, { type })),
      ...[
        ...['ipv4.nat', 'ipv4.address', 'ipv6.address', 'ipv4.routes', 'ipv4.dhcp.ranges', 'ipv4.nat.order'],
        ...['bridge.mtu', 'bridge.driver', 'bridge.hwaddr', 'dns.mode', 'tunnel.a.id', 'security.acls'],
        ...['parent', 'vlan', 'volatile.x', 'nope.', 'ipv4.dhcp.gateway'],
      ].map((key) => network({ [key]: 'wrong' })),
      ...['10.9.9.1', '10.9.9.0/24', '10.9.9.1/33', 'fd42::1/64', '10.9.9.1/24 '].map((address) =>
        network({ 'ipv4.address': address }),
      ),
      ...['fd42::1', 'fd42:99::/64', '10.9.9.1/24', '::1/129'].map((address) =>
        network({ 'ipv6.address': address }),
      ),
      ...[
        {},
        { parent: '{name}-no' },
        { parent: 'lo', 'ipv4.address': 'none' },
        { parent: 'lo', mtu: 'x' },
        { parent: 'lo', vlan: 'x' },
      ].map((config): Step => ['POST', networks, { name: '{name}-x', type: 'macvlan', config }]),
    ],
    steps: [
      ['GET', `${networks}/lo`],
      // Of a macvlan, both servers take any of these.
      ...['lo', 'x', 'x'.repeat(16), 'a b'].map((name): Step => ['POST', one, { name }]),
      ...everyWrite(`${networks}/lo`),
      ...['leases', 'forwards'].map((part): Step => ['GET', `${networks}/lo/${part}`]),
      ...['state', 'leases', 'forwards'].map((part): Step => ['GET', `${one}-no/${part}`]),
      ...['peers', 'load-balancers'].map((part): Step => ['GET', `${one}/${part}`]),
      ['POST', networks, { name: '{name}-m', type: 'macvlan', config: { parent: '{name}', mtu: '1400' } }],
      ...['', '/state', '/leases', '/forwards', '/peers'].map((part): Step => ['GET', `${one}-m${part}`]),
      ['POST', `${one}-m/forwards`, { listen_address: '198.51.100.19' }],
      ['DELETE', one],
      ['POST', one, { name: '{name}-c' }],
      ['DELETE', `${one}-m`],
      ['POST', '/1.0/profiles', { name: '{name}', ...nic({ network: '{name}' }) }],
      ['POST', '/1.0/profiles', { name: '{name}-p', ...nic({ nictype: 'bridged', parent: '{name}' }) }],
      [
        'POST',
        '/1.0/instances',
        { name: '{name}-i', source: { type: 'none' }, ...nic({ network: '{name}' }) },
      ],
      ['DELETE', one],
      [
        'POST',
        '/1.0/instances',
        { name: '{name}-j', source: { type: 'none' }, profiles: ['default', '{name}'] },
      ],
      ['DELETE', '/1.0/instances/{name}-j'],
      ...['PATCH', 'PUT'].map((method): Step => [
        method,
        '/1.0/instances/{name}-i',
        nic({ network: '{name}-no' }),
      ]),
      ...['PATCH', 'PUT'].map((method): Step => [
        method,
        '/1.0/profiles/{name}',
        nic({ network: '{name}-no' }),
      ]),
      ['GET', '/1.0/profiles/{name}'],
      ['DELETE', '/1.0/instances/{name}-i'],
      ['POST', '/1.0/profiles', { name: '{name}-no', ...nic({ network: '{name}-no' }) }],
      [
        'POST',
        '/1.0/instances',
        { name: '{name}-i', source: { type: 'none' }, ...nic({ network: '{name}-no' }) },
      ],
      ...['', '-p'].map((end): Step => ['DELETE', `/1.0/profiles/{name}${end}`]),
      ['POST', '/1.0/network-acls', { name: '{name}' }],
      ['PATCH', one, { config: { 'security.acls': '{name}' } }],
      ['GET', '/1.0/network-acls/{name}'],
      ['DELETE', '/1.0/network-acls/{name}'],
      ['PATCH', one, { config: { 'security.acls': '' } }],
      ['DELETE', '/1.0/network-acls/{name}'],
      ['POST', '/1.0/network-zones', { name: '{name}.z' }],
      ...['{name}.z', '{name}.y', '{name}.z, {name}.y', ''].map((zone): Step => [
        'PATCH',
        one,
        { config: { 'dns.zone.forward': zone } },
      ]),
      ['PATCH', one, { config: { 'dns.zone.reverse.ipv4': '{name}.z' } }],
      ['GET', '/1.0/network-zones/{name}.z'],
      ['DELETE', '/1.0/network-zones/{name}.z'],
      ['PATCH', one, { config: { 'dns.zone.reverse.ipv4': '' } }],
      ['DELETE', '/1.0/network-zones/{name}.z'],
      ...[{ 'ipv6.address': 'wrong' }, { 'bridge.mtu': '1400' }, { nope: '1' }].map((config): Step => [
        'PATCH',
        one,
        { config },
      ]),
    ],
  },
  {
    kind: 'network forwards',
    path: networks,
    isShort: true,
    isBare: true,
    isUnordered: true,
    make: {},
    look: [`${one}/leases`, `${one}/state`, forward, forwards, '/1.0/network-allocations'],
    steps: [
      ['GET', `${one}-no/forwards`],
      ['POST', `${one}-no/forwards`, { listen_address: '198.51.100.17' }],
      ...everyWrite(`${one}-no/forwards/198.51.100.17`),
      ['POST', networks, { name: '{name}', config: { ...none, 'ipv4.address': '10.77.17.1/24' } }],
      ...['', '?recursion=1', '?filter=nope', '?project=nope'].map((query): Step => [
        'GET',
        forwards + query,
      ]),
      ['GET', forward],
      ...everyWrite(forward),
      ['PATCH', forward, { config: {} }],
      ...['', '{bad', '[]', {}, { listen_address: 1 }].map((body): Step => ['POST', forwards, body]),
      ...['nope', '010.1.1.1', '198.51.100.300', ' 198.51.100.17', 'fe80::1%eth0', '198.51.100.17/32'].map(
        (listen_address): Step => ['POST', forwards, { listen_address }],
      ),
      ...['::', '2001:db8:17::5'].map((listen_address): Step => ['POST', forwards, { listen_address }]),
      ['PATCH', one, { config: { 'ipv6.address': 'fd42:77:17::1/64' } }],
      ['DELETE', `${forwards}/::`],
      ...['198.51.100.17', '2001:DB8:17:0::5', '::ffff:198.51.100.18', '::1.2.3.17'].map(
        (listen_address): Step => ['POST', forwards, { listen_address, description: ' {name} ' }],
      ),
      ['POST', forwards, { listen_address: '198.51.100.17' }],
      ['GET', `${forwards}/2001:DB8:17::5`],
      ...['2001:db8:17::5', '2001%3Adb8%3A17%3A%3A5', '198.51.100.18'].map((key): Step => [
        'GET',
        `${forwards}/${key}`,
      ]),
      ['GET', `${forwards}?recursion=1`],
      ['DELETE', `${forwards}/2001:db8:17::5`],
      ['DELETE', `${forwards}/198.51.100.18`],
      ['DELETE', `${forwards}/::102:311`],
      ...['{bad', '[]', { ports: [1] }, { ports: [{ protocol: 1 }] }].map((body): Step => [
        'PUT',
        forward,
        body,
      ]),
      ['PUT', forward, {}, { 'If-Match': '"x"' }],
      written('PUT', [
        { ...port, listen_port: ' 80 , 81', target_port: '8080 ,8081', description: ' d ' },
        { ...port, protocol: 'udp', target_port: '' },
      ]),
      ...[
        [{}],
        [{ protocol: 'tcp' }],
        [{ ...port, protocol: 'sctp' }],
        [{ ...port, listen_port: '' }],
        ...['x', '5-1', '1-2-3', '80,80'].map((listen_port) => [{ ...port, listen_port }]),
        ...['x', '80,81', '1-2'].map((target_port) => [{ ...port, target_port }]),
        ...['x', '', 'fd42::2', '10.99.0.1', '10.77.17.1'].map((target_address) => [
          { ...port, target_address },
        ]),
        [port, { ...port, listen_port: '79-81' }],
        [port, { ...port, protocol: 'udp' }],
      ].map((ports) => written('PUT', ports)),
      ...['x', '1.1.1.1', 'fd42::2', '10.77.17.2', '10.77.17.3'].map((target_address) =>
        written('PUT', [port], { config: { target_address } }),
      ),
      ['PATCH', forward, { config: { 'user.a': '1', 'user.b': '' } }],
      ['PATCH', forward, { description: 'x' }],
      ['PATCH', forward, { config: { nope: '1' } }],
      written('PATCH', []),
      [
        'POST',
        '/1.0/instances',
        {
          ...{ name: '{name}-i', source: { type: 'none' } },
          devices: {
            eth0: { type: 'nic', network: '{name}', 'ipv4.address': '10.77.17.5' },
            eth1: { type: 'nic', network: '{name}' },
          },
        },
      ],
      ['DELETE', '/1.0/instances/{name}-i'],
      ['DELETE', forward],
      ['POST', forwards, { listen_address: '198.51.100.17' }],
      ['POST', one, { name: '{name}-c' }],
      ['GET', `${one}-c/forwards`],
      ['DELETE', `${one}-c`],
    ],
  },
];
