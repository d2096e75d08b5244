import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import {
  AbortedError,
  BadRequestError,
  CertificateError,
  Client,
  ClosedError,
  ConnectionError,
  TimeoutError,
} from 'tslxd';
import { WebSocketServer } from 'ws';
import { fingerprintOf, makeCertificate, type MadeCertificate } from '../support/certificates.js';
import { startProxy } from '../support/http-proxy.js';
import { afterwards, fail, rejection, started, sync, until } from './test-server.js';

let old: MadeCertificate;
let next: MadeCertificate;

beforeAll(async () => {
  [old, next] = await Promise.all([
    makeCertificate({ commonName: 'root@box' }),
    makeCertificate({ commonName: 'cluster' }),
  ]);
});

const operation = '/1.0/operations/5f5e0e4e-4f0c-4d8b-8f7a-6f5e4d3c2b1a';

interface Changing {
  client: Client;
  /** `PUT /1.0/cluster`, … in order. */
  lines: string[];
  logged: string[];
  /** Has it show a certificate on new connections, and ends all others. */
  show(certificate: MadeCertificate): void;
}

type Fate = 'done' | 'refused' | 'lost' | 'hangs';

/** A server that changes its certificate as LXD and Incus do: connections that are open go on, new ones see the new one. */
async function changing(fate: Fate = 'done', proxy?: string): Promise<Changing> {
  const lines: string[] = [];
  const logged: string[] = [];
  const sockets = new Set<Socket>();
  let shown = old;
  let changedBy: Socket | undefined; // who else has one must make another soon
  const server = https.createServer(old);
  const show = (certificate: MadeCertificate) => {
    shown = certificate;
    server.setSecureContext(certificate);
    for (const socket of sockets) socket.destroy();
  };
  server.on('secureConnection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).once('close', () => sockets.delete(socket));
  });
  server.on('tlsClientError', () => undefined);
  server.on('request', (request, response) => {
    const { method = '', url = '', socket } = request;
    lines.push(`${method} ${url}`);
    if (shown !== old && socket !== changedBy) response.setHeader('connection', 'close');
    request.resume().once('end', () => {
      if (method === 'PUT' && url.startsWith('/1.0/cluster')) {
        if (fate === 'refused') fail(response, 400, 'Invalid certificate');
        else if (fate === 'lost') show(next);
        else if (fate !== 'hangs') {
          changedBy = socket;
          shown = next;
          server.setSecureContext(next);
          // In a moment: new connections show the new one before the answer says so.
          setTimeout(() => {
            if (url === '/1.0/cluster')
              started(response, operation, { id: operation.slice(-36), class: 'task' });
            else sync(response);
          }, 100);
        }
      } else if (url.startsWith(operation)) {
        sync(response, { id: operation.slice(-36), class: 'task', status: 'Success', status_code: 200 });
      } else
        sync(response, { auth: 'trusted', api_extensions: [], environment: { certificate: shown.cert } });
    });
  });
  const websockets = new WebSocketServer({ noServer: true });
  server.on('upgrade', (request, socket, head) => {
    lines.push(`UPGRADE ${String(request.url)}`);
    websockets.handleUpgrade(request, socket, head, () => undefined);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const note = (line: string) => logged.push(line);
  const client = new Client({
    endpoint: `https://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    serverCert: old.cert,
    log: { info: note, warn: note },
    ...(proxy !== undefined && { proxy }),
  });
  afterwards(() => client.close());
  return { client, lines, logged, show };
}

const replace = (client: Client) =>
  client.request('PUT', '/1.0/cluster/certificate', {
    body: { cluster_certificate: next.cert, cluster_certificate_key: 'secret' },
  });
const bootstrap = (client: Client) =>
  client.request('PUT', '/1.0/cluster', { body: { server_name: 'n1', enabled: true } });

describe.each<[string, (client: Client) => Promise<unknown>]>([
  ['replacing the certificate of a cluster', replace],
  ['forming a cluster', bootstrap],
])('%s', (_, change) => {
  test('is followed by the client, those derived from it, and its credentials', async () => {
    const { client, lines, logged, show } = await changing();
    await client.request('GET', '/1.0');
    const derived = client.useProject('shop');
    await change(client);
    expect(client.credentials().serverCert).toBe(next.cert);
    show(next); // nobody has a connection any more
    await client.request('GET', '/1.0');
    await derived.request('GET', '/1.0');
    const events = client.events.listen({ signal: AbortSignal.timeout(500) })[Symbol.asyncIterator]();
    await rejection(events.next());
    expect(lines).toContainEqual(expect.stringMatching(/^UPGRADE \/1\.0\/events/));
    await using again = new Client(client.credentials());
    await again.request('GET', '/1.0');
    expect(logged.join()).toContain(`its certificate is SHA-256 ${fingerprintOf(next)} from now on`);
    expect(logged.join()).not.toContain('secret');
  });

  test('loses nothing that is asked meanwhile', async () => {
    const { client, lines } = await changing();
    await client.request('GET', '/1.0');
    const body = () => Readable.from([Buffer.from('x')]);
    const changed = change(client);
    await until(() => lines.some((line) => line.startsWith('PUT /1.0/cluster')));
    const meanwhile = Array.from({ length: 30 }, (_, index) =>
      index % 3 === 0
        ? client.request('POST', '/1.0/instances', { body: { name: String(index) } })
        : client.request('GET', '/1.0'),
    );
    const uploads = Array.from({ length: 3 }, () =>
      client.request('PUT', '/1.0/instances/web' as never, { body: body() } as never),
    );
    await Promise.all([changed, ...meanwhile, ...uploads]);
  });

  test('forgets the old one', async () => {
    const { client, show } = await changing();
    await change(client);
    show(old);
    const error = await rejection<CertificateError>(client.request('GET', '/1.0'));
    expect(error).toBeInstanceOf(CertificateError);
    expect(error).toMatchObject({ expected: fingerprintOf(next), offered: fingerprintOf(old) });
  });

  test('goes through a proxy, too', async () => {
    const proxy = await startProxy();
    const { client, show } = await changing('done', proxy.url);
    await change(client);
    show(next);
    await client.request('GET', '/1.0');
    expect(proxy.targets.length).toBeGreaterThan(1);
  });

  test('that is refused changes nothing', async () => {
    const { client, show } = await changing('refused');
    expect(await rejection(change(client))).toBeInstanceOf(BadRequestError);
    expect(client.credentials().serverCert).toBe(old.cert);
    await client.request('GET', '/1.0');
    show(next);
    expect(await rejection(client.request('GET', '/1.0'))).toBeInstanceOf(CertificateError);
  });

  test('is nothing to a client that pins none', async () => {
    const { client } = await changing();
    const { endpoint } = client.credentials();
    await using careless = new Client({ endpoint, verify: false });
    await change(careless);
    await careless.request('GET', '/1.0');
    expect(careless.credentials()).toEqual({ endpoint, verify: false });
  });
});

test('an upload waits for a change no longer than its caller', async () => {
  const { client, lines } = await changing('hangs');
  await client.request('GET', '/1.0');
  const changed = rejection(replace(client));
  await until(() => lines.some((line) => line.startsWith('PUT')));
  const upload = (limits: object) =>
    rejection(
      client.request(
        'PUT',
        '/1.0/instances/web' as never,
        { body: Readable.from([Buffer.from('x')]), ...limits } as never,
      ),
    );
  expect(await upload({ timeout: 100 })).toBeInstanceOf(TimeoutError);
  expect(await upload({ signal: AbortSignal.timeout(100) })).toBeInstanceOf(AbortedError);
  const closed = upload({});
  await client.close();
  expect([await closed, await changed]).toEqual([expect.any(ClosedError), expect.any(ClosedError)]);
});

test('of a change whose answer was lost both certificates are right', async () => {
  const { client, show } = await changing('lost');
  expect(await rejection(replace(client))).toBeInstanceOf(ConnectionError);
  await client.request('GET', '/1.0');
  show(old);
  await client.request('GET', '/1.0');
});

test('a certificate that was changed by others is not followed', async () => {
  const { client, show } = await changing();
  await client.request('GET', '/1.0');
  show(next);
  const error = await rejection<CertificateError>(client.request('GET', '/1.0'));
  expect(error).toMatchObject({ expected: fingerprintOf(old), offered: fingerprintOf(next) });
});
