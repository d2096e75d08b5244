import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import {
  Client,
  ClosedError,
  createIdentity,
  InvalidInputError,
  TimeoutError,
  type ConnectClientOptions,
} from 'tslxd';
import { afterwards, serveHttps, sync, type TestServer } from '../../rest/test-server.js';
import { fingerprintOf } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';
import { rejection } from '../support.js';

/** LXD 5.0 takes a token where passwords go. */
const lxd50 = ['certificate_token'];
const newer = [...lxd50, 'explicit_trust_token'];
const nowhere = '127.0.0.1:1';

describe('a token', () => {
  useConfiguration();
  let isTrusted: boolean;
  beforeEach(() => (isTrusted = false));

  const member = (api_extensions = newer) =>
    serveHttps((response, { method }) => {
      if (method === 'POST') isTrusted = true;
      sync(response, method === 'POST' ? {} : { auth: isTrusted ? 'trusted' : 'untrusted', api_extensions });
    });
  const addressOf = ({ options }: TestServer) => String(options.endpoint).replace('https://', '');
  const posts = ({ lines }: TestServer) => lines.filter((line) => line.startsWith('POST'));

  function tokenOf(server: TestServer, addresses = [addressOf(server)]): string {
    const fingerprint = fingerprintOf({ cert: server.options.serverCert ?? '', key: '' });
    const content = { client_name: 'laptop', fingerprint, addresses, secret: 'f00d'.repeat(16) };
    return Buffer.from(JSON.stringify(content)).toString('base64');
  }

  function clientOf(options: ConnectClientOptions): Client {
    const client = new Client({ ...createIdentity(), ...options });
    afterwards(() => client.close());
    return client;
  }

  /** Stands before a server, and holds its second connection, in which a certificate is looked at, until it is let go. */
  async function holding(server: TestServer) {
    let count = 0;
    let letGo: () => void = () => undefined;
    const held = new Promise<void>((resolve) => (letGo = resolve));
    let seen: () => void = () => undefined;
    const second = new Promise<void>((resolve) => (seen = resolve));
    const sockets = new Set<net.Socket>();
    const relay = net.createServer((socket) => {
      count += 1;
      sockets.add(socket.on('error', () => undefined));
      const go = () => {
        const on = net.connect(Number(addressOf(server).split(':')[1]), '127.0.0.1');
        sockets.add(on.on('error', () => undefined));
        socket.pipe(on).pipe(socket);
      };
      if (count !== 2) return go();
      seen();
      void held.then(go);
    });
    relay.listen(0, '127.0.0.1');
    await once(relay, 'listening');
    afterwards(() => {
      relay.close();
      for (const socket of sockets) socket.destroy();
    });
    const endpoint = `https://127.0.0.1:${String((relay.address() as AddressInfo).port)}`;
    return { options: { ...server.options, endpoint }, second, letGo };
  }

  it('is not spent by a client that is closed while the certificate is looked at', async () => {
    const server = await member();
    const { options, second, letGo } = await holding(server);
    const client = clientOf(options);
    const error = rejection(client.authenticate(tokenOf(server)), ClosedError);
    await second;
    await client.close();
    letGo();
    await error;
    expect(posts(server)).toEqual([]);
  });

  it('is not spent when the time is over, which the look at the certificate is in too', async () => {
    const server = await member();
    const { options } = await holding(server);
    const client = clientOf(options);
    await client.server.fetch();
    await rejection(client.authenticate(tokenOf(server), { timeout: 300 }), TimeoutError);
    expect(posts(server)).toEqual([]);
  });

  it('of LXD 5.0 goes to the member that made it', async () => {
    const [maker, other] = [await member(lxd50), await member(lxd50)];
    const client = clientOf(other.options);
    await client.authenticate(tokenOf(maker, [nowhere, addressOf(maker)]));
    expect(client.server.auth).toBe('trusted');
    expect([posts(maker), posts(other)]).toEqual([['POST /1.0/certificates'], []]);
  });

  it('of LXD 5.0 goes where the client is, if its addresses are out of reach', async () => {
    const server = await member(lxd50);
    const client = clientOf(server.options);
    await client.authenticate(tokenOf(server, [nowhere]));
    expect(posts(server)).toEqual(['POST /1.0/certificates']);
  });

  it('goes where the client is, if all members know it', async () => {
    const [maker, other] = [await member(), await member()];
    await clientOf(other.options).authenticate(tokenOf(maker));
    expect([posts(maker), posts(other)]).toEqual([[], ['POST /1.0/certificates']]);
  });

  it.each<[string, ConnectClientOptions]>([
    ['bearer', { bearer: 'abc' }],
    ['oidc', { oidc: { onVerification: () => undefined } }],
  ])('is refused by a client with %s, before anything is sent', async (way, options) => {
    const server = await member();
    const client = new Client({ ...server.options, ...options });
    afterwards(() => client.close());
    const error = await rejection(client.authenticate(tokenOf(server)), InvalidInputError);
    expect(error.message).toContain(`without ${way}`);
    expect(server.connections).toBe(0);
  });

  it('finds a server that is starting, within the time for that, and is sent once', async () => {
    const server = await member();
    const token = tokenOf(server);
    await server.stop();
    const connecting = Client.connect({ token, timeout: 20_000, headers: { 'x-mine': 'yes' } });
    setTimeout(() => void server.start(), 400);
    await using client = await connecting;
    expect(client.server.auth).toBe('trusted');
    expect(posts(server)).toHaveLength(1);
    expect(server.seen.every(({ headers }) => headers['x-mine'] === 'yes')).toBe(true);
  });

  it('is not said to reach nobody where the environment names no proxy', async () => {
    const before = process.env.https_proxy;
    process.env.https_proxy = 'ftp://127.0.0.1';
    afterwards(() => {
      if (before === undefined) delete process.env.https_proxy;
      else process.env.https_proxy = before;
    });
    const token = tokenOf(await member(), ['198.51.100.7:8443', '198.51.100.8:8443']);
    const error = await rejection(Client.connect({ token }), InvalidInputError);
    expect(error.message).toContain('https_proxy');
  });
});
