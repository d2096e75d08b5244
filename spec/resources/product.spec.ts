import { Client, NotFetchedError, UnsupportedError } from 'tslxd';
import { inspect } from 'node:util';
import { serve, sync } from '../rest/test-server.js';

const shared = { api_status: 'stable', api_version: '1.0', public: false, auth_methods: ['tls'] };
const lxdExtensions = ['instances', 'clustering'];
const incusExtensions = ['instances', 'dev_incus_events'];
const untrusted = { ...shared, auth: 'untrusted' };
const trusted = { ...shared, auth: 'trusted', config: {} };

/** What servers were seen to answer to `GET /1.0`, but for the last, which hides everything. */
const servers = {
  'LXD 5.0.2, untrusted': [{ ...untrusted, api_extensions: lxdExtensions }, 'lxd'],
  'LXD 5.0.2': [{ ...trusted, api_extensions: lxdExtensions, environment: { server: 'lxd' } }, 'lxd'],
  'Incus 6.0.4, untrusted': [{ ...untrusted, config: {}, api_extensions: incusExtensions }, 'incus'],
  'Incus 6.0.4': [{ ...trusted, api_extensions: incusExtensions, environment: { server: 'incus' } }, 'incus'],
  'Incus 7, untrusted': [{ ...untrusted, config: {}, api_extensions: null }, 'incus'],
  'Incus 7': [{ ...trusted, api_extensions: incusExtensions, environment: { server: 'incus' } }, 'incus'],
  'an Incus that has lost its own extension': [
    { ...trusted, api_extensions: lxdExtensions, environment: { server: 'incus' } },
    'incus',
  ],
  'one that hides everything': [{ ...untrusted, api_extensions: null }, undefined],
} as const;

test.each(Object.entries(servers))('%s', async (_, [metadata, product]) => {
  const server = await serve((response) => sync(response, metadata));
  await using client = await Client.connect(server.options);
  expect(client.server.product).toBe(product);
  expect(client.server.apiExtensions).toEqual(metadata.api_extensions ?? []);
  expect(client.server.has('instances')).toBe(metadata.api_extensions !== null);
  expect(inspect(client.server)).toContain(product ?? 'not known yet');
});

test('what a server hides is not what it lacks', async () => {
  const [metadata] = servers['one that hides everything'];
  const server = await serve((response) => sync(response, metadata));
  await using client = await Client.connect(server.options);
  expect(() => client.server.require('instances')).toThrow(UnsupportedError);
  expect(() => client.server.require('instances')).toThrow(
    'The server lacks the API extension instances; it may have it for those whom it trusts',
  );
});

test('is not known before anything was read', async () => {
  const server = await serve((response) => sync(response, servers['Incus 7'][0]));
  await using client = new Client(server.options);
  expect(() => client.server.product).toThrow(NotFetchedError);
});

test('is read again once the server trusts us, and then no more', async () => {
  let [metadata]: readonly [object, ...unknown[]] = servers['one that hides everything'];
  const server = await serve((response, { url }) => sync(response, url === '/1.0' ? metadata : []));
  await using client = await Client.connect(server.options);
  // Profiles can be filtered by neither but Incus.
  await expect(client.profiles.all({ filter: 'name eq a' })).rejects.toThrow(UnsupportedError);
  [metadata] = servers['Incus 7'];
  await client.profiles.all({ filter: 'name eq a' });
  await client.profiles.all({ filter: 'name eq a' });
  expect(server.lines.filter((line) => line === 'GET /1.0')).toHaveLength(3);
});
