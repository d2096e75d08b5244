import { InvalidInputError, type Client, type InstanceSourceInput } from '../../../lib/index.js';
import { rejection } from '../../rest/test-server.js';
import { BackupServer } from './backups/backup-server.js';

let server: BackupServer;
let client: Client;

beforeEach(async () => {
  server = await BackupServer.start('lxd');
  client = server.client();
});

const operation = 'https://10.0.0.1:8443/1.0/operations/x';
const fingerprint = 'ab'.repeat(32);

it.each<[InstanceSourceInput, Record<string, unknown>]>([
  ['debian/12', { type: 'image', alias: 'debian/12' }],
  [{ alias: 'a' }, { type: 'image', alias: 'a' }],
  [
    { type: 'image', fingerprint: 'abc123' },
    { type: 'image', fingerprint: 'abc123' },
  ],
  [{ properties: { os: 'debian' } }, { type: 'image', properties: { os: 'debian' } }],
  [
    { alias: 'debian/12', server: 'https://images.example', protocol: 'simplestreams' },
    {
      type: 'image',
      mode: 'pull',
      alias: 'debian/12',
      server: 'https://images.example',
      protocol: 'simplestreams',
    },
  ],
  [
    { fingerprint, server: 'https://10.0.0.2:8443', secret: 's', certificate: 'PEM' },
    {
      type: 'image',
      mode: 'pull',
      fingerprint,
      server: 'https://10.0.0.2:8443',
      secret: 's',
      certificate: 'PEM',
    },
  ],
  [
    { alias: 'a', server: 'http://images', protocol: 'simplestreams' },
    { type: 'image', mode: 'pull', alias: 'a', server: 'http://images', protocol: 'simplestreams' },
  ],
  [{ type: 'none' }, { type: 'none' }],
  [
    {
      type: 'migration',
      mode: 'pull',
      operation,
      secrets: { control: 'c' },
      baseImage: fingerprint,
      live: false,
      instanceOnly: true,
    },
    {
      type: 'migration',
      mode: 'pull',
      operation,
      secrets: { control: 'c' },
      'base-image': fingerprint,
      live: false,
      instance_only: true,
    },
  ],
])('a source %j', async (source, wire) => {
  await client.instances.create({ name: 'new', source });
  expect((JSON.parse(server.last.body.toString()) as { source: unknown }).source).toEqual(wire);
});

it('a copy and a backup go the ways of copy() and import()', async () => {
  const copy = { type: 'copy', source: 'web', project: 'theirs', instanceOnly: true } as const;
  await client.instances.create({ name: 'new', source: copy, config: { 'user.b': '2' } });
  expect(JSON.parse(server.last.body.toString())).toMatchObject({
    ephemeral: true,
    profiles: ['default', 'web'],
    config: { 'user.b': '2' },
    source: { type: 'copy', source: 'web', project: 'theirs', instance_only: true },
  });
  expect(server.last.query).toBe('project=default');
  const file = Buffer.from('a backup');
  await client.instances.create({ name: 'new', source: { type: 'backup', file, pool: 'fast' } });
  expect(server.last.headers).toMatchObject({ 'x-lxd-name': 'new', 'x-lxd-pool': 'fast' });
  expect(server.last.body).toEqual(file);
});

it('a migration that is pushed is not waited for', async () => {
  const source = { type: 'migration', mode: 'push' } as const;
  const error = await rejection(client.instances.create({ name: 'new', source }));
  expect(error).toBeInstanceOf(InvalidInputError);
  expect(error.message).toMatch(/wait: false/);
  const pushed = await client.instances.create({ name: 'new', source }, { wait: false });
  expect(pushed.id).toBe('made');
});

it.each<[unknown, RegExp]>([
  [undefined, /must be an image's alias/],
  ['', /an empty text/],
  [7, /number 7/],
  [{}, /needs a type, which has none: there are image, none, copy, migration, backup/],
  [{ type: 'disc' }, /which is "disc"/],
  [{ type: 'toString' }, /which is "toString"/],
  [{ type: 'image' }, /needs an alias, a fingerprint or properties/],
  [{ alias: 'a', fingerprint: 'ab' }, /alias and fingerprint/],
  [{ alias: '' }, /alias is empty/],
  [{ alias: 7 }, /alias is no text but number 7/],
  [{ fingerprint: 'xyz' }, /hexadecimal/],
  [{ properties: { os: 7 } }, /properties must be/],
  [{ alias: 'a', protocol: 'lxd' }, /needs a server/],
  [{ alias: 'a', secret: 'hidden' }, /needs a server/],
  [{ alias: 'a', server: 'https://x', protocol: 'ftp' }, /protocol is "ftp"; there are lxd, incus/],
  [{ alias: 'a', server: 'http://x' }, /begins with https/],
  [{ alias: 'a', server: 'images', protocol: 'simplestreams' }, /must be a URL/],
  [{ type: 'copy' }, /name of an instance/],
  [{ type: 'copy', source: 7 }, /source is no text/],
  [{ type: 'copy', source: 'a/b/c' }, /'instance\/snapshot', not "a\/b\/c"/],
  [{ type: 'copy', source: 'a/' }, /'instance\/snapshot'/],
  [{ type: 'copy', source: 'a', project: '' }, /project is empty/],
  [{ type: 'migration' }, /mode 'pull' or 'push'/],
  [{ type: 'migration', mode: 'pull' }, /URL of an operation/],
  [{ type: 'backup' }, /needs a file/],
  [{ type: 'backup', file: 'x', pool: '' }, /pool is empty/],
])('refuses a source %j before anything is sent', async (source, message) => {
  const error = await rejection(client.instances.create({ name: 'new', source } as never));
  expect(error).toBeInstanceOf(InvalidInputError);
  expect(error.message).toMatch(message);
  expect(error.message).not.toContain('hidden');
  expect(server.came).toEqual([]);
});

it('refuses what has no meaning beside a source', async () => {
  const file = Buffer.from('x');
  for (const input of [
    { source: { type: 'copy', source: 'web' }, architecture: 'x86_64' },
    { source: { type: 'copy', source: 'web' }, instanceType: 'aws:t2.micro' },
    { source: { type: 'backup', file }, description: 'mine' },
    { source: { type: 'backup', file }, profiles: [] },
  ] as const) {
    const error = await rejection(client.instances.create({ ...input, name: 'new' } as never));
    expect(error).toBeInstanceOf(InvalidInputError);
    expect(error.message).toMatch(/cannot be chosen/);
  }
  expect(server.came).toEqual([]);
});
