import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { CertificateError, Client, type ClientOptions } from 'tslxd';
import { afterwards, rejection } from '../rest/test-server.js';
import { fingerprintOf, makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { useConfiguration } from '../support/configuration.js';

const configuration = useConfiguration();

let old: MadeCertificate;
let present: MadeCertificate;

beforeAll(async () => {
  [old, present] = await Promise.all([
    makeCertificate({ commonName: 'root@box', altNames: ['box'] }),
    makeCertificate({ commonName: 'root@box', altNames: ['box'] }),
  ]);
});

/** A server with another certificate than before, and what came to it after the handshake. */
async function changed(): Promise<{ endpoint: string; asked: string[] }> {
  const asked: string[] = [];
  const server = https.createServer({ ...present, requestCert: true, rejectUnauthorized: false });
  const note = ({ method = '', url = '' }: { method?: string; url?: string }) =>
    asked.push(`${method} ${url}`);
  server.on('request', (request, response) => {
    note(request);
    response.end('{}');
  });
  server.on('upgrade', (request, socket) => {
    note(request);
    socket.destroy();
  });
  server.on('tlsClientError', () => undefined);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    server.closeAllConnections();
  });
  return { endpoint: `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`, asked };
}

const ways: [string, (client: Client) => Promise<unknown>][] = [
  ['a request', (client) => client.request('GET', '/1.0')],
  ['a write', (client) => client.profiles.create({ name: 'x' })],
  ['a stream', (client) => text(client.images.ref('f'.repeat(64)).export())],
  ['an upload', (client) => client.images.create(Buffer.from('x'))],
  ['events', async (client) => client.events.listen()[Symbol.asyncIterator]().next()],
  ['a file', (client) => client.containers.ref('web').files.readFile('/etc/hostname')],
  ['SFTP', (client) => client.containers.ref('web').files.sftpSocket()],
  ['a command', async (client) => client.containers.ref('web').exec(['true'])],
  ['a wait', (client) => client.operations.ref('5f5e0e4e-4f0c-4d8b-8f7a-6f5e4d3c2b1a').wait()],
  [
    'a migration',
    async (client) => {
      await using target = new Client(client.credentials());
      await client.containers.ref('web').copyTo(target);
    },
  ],
];

async function assertTold(promise: Promise<unknown>): Promise<void> {
  const error = await rejection<CertificateError>(promise);
  expect(error).toBeInstanceOf(CertificateError);
  expect(error).toMatchObject({ expected: fingerprintOf(old), offered: fingerprintOf(present) });
  expect(error.message).toContain(fingerprintOf(old));
  expect(error.message).toContain(fingerprintOf(present));
}

describe('a server whose certificate has changed', () => {
  test.each(ways)('is told by %s, and hears nothing', async (_, use) => {
    const { endpoint, asked } = await changed();
    await using client = new Client({ endpoint, serverCert: old.cert });
    await assertTold(use(client));
    expect(asked).toEqual([]);
  });

  test.each<[string, (endpoint: string) => ClientOptions]>([
    ['an address', (endpoint) => ({ endpoint })],
    [
      'a list of addresses',
      (endpoint) => ({ endpoint: [endpoint, endpoint.replace('127.0.0.1', 'localhost')] }),
    ],
  ])('is told by connect() to %s', async (_, where) => {
    const { endpoint, asked } = await changed();
    await assertTold(Client.connect({ ...where(endpoint), serverCert: old.cert }));
    expect(asked).toEqual([]);
  });

  test('is told by connect() to a remote', async () => {
    const { endpoint, asked } = await changed();
    await configuration.write(join(configuration.lxd, 'servercerts', 'prod.crt'), old.cert);
    const remotes = `remotes:\n  prod: { addr: "${endpoint}", protocol: lxd }\n`;
    await configuration.write(join(configuration.lxd, 'config.yml'), remotes);
    await assertTold(Client.connect('prod'));
    expect(asked).toEqual([]);
  });
});
