import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import tls, { type TLSSocket } from 'node:tls';
import { inspect } from 'node:util';
import { httpsAgent, tlsConnect } from '../../lib/connect/agent.js';
import { connectionErrorFrom } from '../../lib/connect/connection-error.js';
import type { HttpsEndpoint } from '../../lib/connect/endpoint.js';
import { endpointFromOptions, type ConnectOptions } from '../../lib/connect/options.js';
import { CertificateError, ConnectionError } from '../../lib/errors/index.js';
import { fingerprintOf, makeCertificate, type MadeCertificate } from '../support/certificates.js';

let ca: MadeCertificate;
let own: MadeCertificate; // self-signed for another name, as LXD's and Incus's are
let other: MadeCertificate;
let signed: MadeCertificate;
let client: MadeCertificate;

beforeAll(async () => {
  ca = await makeCertificate({ commonName: 'a CA', ca: true });
  [own, other, signed, client] = await Promise.all([
    makeCertificate({ commonName: 'root@own', altNames: ['own'], curve: 'P-384' }),
    makeCertificate({ commonName: 'root@other', altNames: ['127.0.0.1'] }),
    makeCertificate({ commonName: 'signed', issuer: ca, altNames: ['localhost', '127.0.0.1'] }),
    makeCertificate({ commonName: 'client', curve: 'P-384' }),
  ]);
});

const day = 86_400_000;
const closers: (() => void)[] = [];
/** Of each connection to a server, whether it resumed a session. */
const reused: boolean[] = [];

afterEach(() => {
  for (const close of closers.splice(0)) close();
  reused.length = 0;
});

async function serve(options: https.ServerOptions): Promise<number> {
  const server = https.createServer(options, ({ socket }, response) => {
    const { subject } = (socket as unknown as TLSSocket).getPeerCertificate() as Partial<tls.PeerCertificate>;
    response.end(`hello ${subject ? String(subject.CN) : 'nobody'}`);
  });
  server.on('tlsClientError', () => {});
  server.on('secureConnection', (socket) => reused.push(socket.isSessionReused()));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  closers.push(() => {
    server.close();
    server.closeAllConnections();
  });
  return (server.address() as AddressInfo).port;
}

function endpointTo(port: number, options: ConnectOptions = {}, host = '127.0.0.1'): HttpsEndpoint {
  return endpointFromOptions({ endpoint: `https://${host}:${port}`, ...options }) as HttpsEndpoint;
}

/** The answer, or the error as `connectionErrorFrom` makes it. */
async function ask(endpoint: HttpsEndpoint, agent = httpsAgent(endpoint)): Promise<string> {
  closers.push(() => agent.destroy());
  return new Promise((resolve, reject) => {
    const request = https.get(`${endpoint.origin}/1.0`, { agent }, (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    request.on('error', (error) => {
      reject(connectionErrorFrom(error, endpoint, { method: 'GET', path: '/1.0' }));
    });
  });
}

async function refusal(promise: Promise<unknown>): Promise<CertificateError> {
  const error = await promise.then(String, (reason: unknown) => reason);
  expect(error).toBeInstanceOf(CertificateError);
  return error as CertificateError;
}

describe('a pinned certificate', () => {
  test('is enough, whatever name it has', async () => {
    const port = await serve(own);
    expect(await ask(endpointTo(port, { serverCert: own.cert }))).toBe('hello nobody');
    expect(await ask(endpointTo(port, { serverCert: own.cert }, 'localhost'))).toBe('hello nobody');
  });

  test('is enough without any name, and with text around it', async () => {
    const nameless = await makeCertificate({ commonName: 'nameless' });
    const serverCert = `a comment\r\n${nameless.cert.replaceAll('\n', '\r\n')}${ca.cert}`;
    expect(await ask(endpointTo(await serve(nameless), { serverCert }))).toBe('hello nobody');
  });

  test('is enough without the CA that signed it, shown or not', async () => {
    expect(await ask(endpointTo(await serve(signed), { serverCert: signed.cert }))).toBe('hello nobody');
    const chain = { key: signed.key, cert: signed.cert + ca.cert };
    expect(await ask(endpointTo(await serve(chain), { serverCert: signed.cert }))).toBe('hello nobody');
  });

  test('refuses another one, with both fingerprints and what to do', async () => {
    const error = await refusal(ask(endpointTo(await serve(other), { serverCert: own.cert })));
    const [expected, offered] = [fingerprintOf(own), fingerprintOf(other)];
    expect(error.message).toContain(`expected SHA-256 ${expected}, offered SHA-256 ${offered} (made on 20`);
    expect(error.message).toMatch(
      /^GET \/1\.0: https:\/\/127\.0\.0\.1:\d+: .*reinstalled.*renewed.*cluster.*somebody else.*certificate_fingerprint.*pass its text as serverCert.*remote remove/s,
    );
    const request = { method: 'GET', path: '/1.0' };
    expect(error).toMatchObject({ code: 'ERR_LXD_CERTIFICATE', ...request, expected, offered });
    expect(error.cause).toMatchObject({ code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });
  });

  test('refuses another one even if no agent of ours noted which', async () => {
    const endpoint = endpointTo(await serve(other), { serverCert: own.cert });
    const error = await refusal(ask(endpoint, new https.Agent({ ...endpoint.tls })));
    expect(error.message).toContain('shows another certificate than serverCert');
  });

  test('refuses another one that has the same key and name', async () => {
    const renewed = await makeCertificate({ commonName: 'root@own', altNames: ['own'], sameKeyAs: own });
    const error = await refusal(ask(endpointTo(await serve(renewed), { serverCert: own.cert })));
    expect(error.message).toContain(fingerprintOf(renewed));
    expect(error.message).toContain('Its key is that of serverCert, so that it was most likely renewed.');
    expect(error).toMatchObject({ expected: fingerprintOf(own), offered: fingerprintOf(renewed) });
  });

  test('refuses one that it has itself signed', async () => {
    const chain = { key: signed.key, cert: signed.cert + ca.cert };
    const error = await refusal(ask(endpointTo(await serve(chain), { serverCert: ca.cert })));
    expect(error).toMatchObject({ expected: fingerprintOf(ca), offered: fingerprintOf(signed) });
  });

  test('must not have expired, as for the Go clients', async () => {
    const dates = { notBefore: new Date(Date.now() - 2 * day), notAfter: new Date(Date.now() - day) };
    const expired = await makeCertificate({ commonName: 'expired', ...dates });
    const error = await refusal(ask(endpointTo(await serve(expired), { serverCert: expired.cert })));
    expect(error.message).toMatch(/has expired.*renew it.*\(CERT_HAS_EXPIRED\)/);
    expect(error).toMatchObject({ offered: fingerprintOf(expired) });
    expect(error).not.toHaveProperty('expected');
  });

  test.each(['TLSv1.2', 'TLSv1.3'] as const)('is compared once for a session, %s', async (version) => {
    const chain = { key: signed.key, cert: signed.cert + ca.cert, minVersion: version, maxVersion: version };
    const port = await serve(chain);
    const right = endpointTo(port, { serverCert: signed.cert });
    const agent = httpsAgent(right, { keepAlive: false });
    for (let i = 0; i < 3; i += 1) expect(await ask(right, agent)).toBe('hello nobody');
    expect(reused).toEqual([false, true, true]);
    // One that Node trusts and we do not leaves no session to resume: not here, and not for another client.
    const wrong = endpointTo(port, { serverCert: ca.cert });
    const ours = httpsAgent(wrong, { keepAlive: false });
    for (let i = 0; i < 3; i += 1) await refusal(ask(wrong, ours));
  });

  test('is compared where no agent is', async () => {
    const right = tlsConnect(endpointTo(await serve(own), { serverCert: own.cert }));
    await once(right, 'secureConnect');
    right.destroy();
    const endpoint = endpointTo(await serve(other), { serverCert: own.cert });
    const wrong = tlsConnect(endpoint);
    const [error] = (await once(wrong, 'error')) as [Error];
    expect(connectionErrorFrom(error, endpoint).message).toContain(fingerprintOf(other));
  });
});

describe('a CA', () => {
  test('vouches for the names in the certificate', async () => {
    const port = await serve(signed);
    expect(await ask(endpointTo(port, { ca: ca.cert }))).toBe('hello nobody');
    expect(await ask(endpointTo(port, { ca: own.cert + ca.cert }, 'localhost'))).toBe('hello nobody');
  });

  test('does not vouch for other names', async () => {
    const elsewhere = await makeCertificate({ commonName: 'x', issuer: ca, altNames: ['example.org'] });
    const error = await refusal(ask(endpointTo(await serve(elsewhere), { ca: ca.cert })));
    expect(error.message).toMatch(/not made for the name 127\.0\.0\.1.*serverCert/);
  });

  test('does not vouch for what others signed', async () => {
    const error = await refusal(ask(endpointTo(await serve(other), { ca: ca.cert })));
    expect(error.message).toMatch(/self-signed.*serverCert/);
  });

  test('may be an intermediate one', async () => {
    const middle = await makeCertificate({ commonName: 'middle', ca: true, issuer: ca });
    const leaf = await makeCertificate({ commonName: 'leaf', issuer: middle, altNames: ['127.0.0.1'] });
    expect(await ask(endpointTo(await serve(leaf), { ca: middle.cert }))).toBe('hello nobody');
  });
});

describe('without a pin or a CA', () => {
  test('a self-signed certificate is refused, and how to pin it is told', async () => {
    const error = await refusal(ask(endpointTo(await serve(own))));
    expect(error.message).toMatch(/self-signed.*as serverCert.*\(DEPTH_ZERO_SELF_SIGNED_CERT\)$/);
  });

  test('an unknown CA is refused, and what to pass is told', async () => {
    const chain = { key: signed.key, cert: signed.cert + ca.cert };
    expect((await refusal(ask(endpointTo(await serve(chain))))).message).toMatch(/pass ca, or .*serverCert/);
    expect((await refusal(ask(endpointTo(await serve(signed))))).message).toMatch(/pass ca, or .*serverCert/);
  });

  test('NODE_TLS_REJECT_UNAUTHORIZED=0 changes nothing', async () => {
    const before = process.env.NODE_TLS_REJECT_UNAUTHORIZED;
    const emitWarning = process.emitWarning.bind(process);
    process.env.NODE_TLS_REJECT_UNAUTHORIZED = '0';
    process.emitWarning = () => {}; // Node warns of it
    try {
      await refusal(ask(endpointTo(await serve(own))));
    } finally {
      process.emitWarning = emitWarning;
      if (before === undefined) delete process.env.NODE_TLS_REJECT_UNAUTHORIZED;
      else process.env.NODE_TLS_REJECT_UNAUTHORIZED = before;
    }
  });

  test('verify: false takes whoever answers', async () => {
    expect(await ask(endpointTo(await serve(own), { verify: false }))).toBe('hello nobody');
  });
});

describe('our certificate', () => {
  const identity = () => ({ serverCert: own.cert, clientCert: client.cert, clientKey: client.key });

  test('arrives at the server', async () => {
    const port = await serve({ ...own, requestCert: true, rejectUnauthorized: false });
    expect(await ask(endpointTo(port, identity()))).toBe('hello client');
    const socket = tlsConnect(endpointTo(port, identity()));
    await once(socket, 'secureConnect');
    expect((socket.getCertificate() as tls.PeerCertificate).subject.CN).toBe('client');
    socket.destroy();
  });

  test('missing where the server wants one is told', async () => {
    const port = await serve({ ...own, requestCert: true, ca: ca.cert });
    const error = await refusal(ask(endpointTo(port, { serverCert: own.cert })));
    expect(error.message).toMatch(/asks for a client certificate: pass clientCert and clientKey$/);
  });

  test('goes into no text', async () => {
    const port = await serve({ ...own, requestCert: true, rejectUnauthorized: false });
    const endpoint = endpointTo(port, identity());
    const agent = httpsAgent(endpoint, { keepAlive: true });
    await ask(endpoint, agent);
    await new Promise(setImmediate); // the socket is back in the agent, under its name
    const line = client.key.split('\n')[1]!;
    const wrong = await refusal(ask(endpointTo(port, { ...identity(), serverCert: other.cert })));
    for (const value of [endpoint, { ...endpoint.tls }, agent, wrong]) {
      expect(inspect(value, { depth: 12, showHidden: true })).not.toContain(line);
    }
    expect(Object.keys(agent.freeSockets)).toHaveLength(1);
    expect(JSON.stringify([endpoint, { ...endpoint.tls }, wrong])).not.toContain(line);
  });
});

describe('a server that does not speak as ours do', () => {
  test('TLS 1.1 is refused', async () => {
    const old = {
      ...own,
      minVersion: 'TLSv1.1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT:@SECLEVEL=0',
    } as const;
    const port = await serve(old);
    const error = await ask(endpointTo(port, { verify: false })).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(ConnectionError);
    expect((error as Error).message).toMatch(/does not offer TLS 1\.2 or later/);
  });

  test('TLS 1.2 is not', async () => {
    const port = await serve({ ...own, maxVersion: 'TLSv1.2' });
    expect(await ask(endpointTo(port, { serverCert: own.cert }))).toBe('hello nobody');
  });
});
