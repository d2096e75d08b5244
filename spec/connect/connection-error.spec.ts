import http from 'node:http';
import https from 'node:https';
import net, { type AddressInfo } from 'node:net';
import { connectionErrorFrom } from '../../lib/connect/connection-error.js';
import type { Endpoint } from '../../lib/connect/endpoint.js';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { CertificateError, ConnectionError } from '../../lib/errors/index.js';
import { makeCertificate } from '../support/certificates.js';

const details = { method: 'GET', path: '/1.0' };
const fail = (code: string, message = `connect ${code}`) => Object.assign(new Error(message), { code });
const at = (socketPath: string): Endpoint => ({ kind: 'unix', socketPath });
const remote = endpointFromOptions({ endpoint: 'https://box.example' })!;

describe('on a socket', () => {
  const lxd = at('/var/lib/lxd/unix.socket');
  const incus: Endpoint = { kind: 'unix', socketPath: '/srv/i.sock', product: 'incus' };

  test.each<[string, Endpoint, RegExp]>([
    ['ENOENT', lxd, /absent \(ENOENT\); is the server installed/],
    ['EACCES', lxd, /not permitted \(EACCES\); join the group lxd: sudo usermod -aG lxd /],
    ['EACCES', at('/var/snap/lxd/common/lxd/unix.socket'), /join the group lxd:/],
    ['EACCES', incus, /join the group incus-admin \(or incus,.*usermod -aG incus-admin /],
    ['EACCES', at('/var/lib/incus/unix.socket.user'), /join the group incus: sudo usermod -aG incus /],
    ['EACCES', at('/srv/x'), /join the group that owns it/],
    ['ECONNREFUSED', lxd, /refused \(ECONNREFUSED\); nothing listens on it: .*systemctl start lxd$/],
    ['ECONNREFUSED', at('/var/snap/lxd/common/lxd/unix.socket'), /sudo snap start lxd$/],
    ['ECONNREFUSED', incus, /systemctl start incus$/],
    ['ECONNREFUSED', at('/var/lib/incus/unix.socket.user'), /systemctl start incus-user$/],
    ['ECONNREFUSED', at('/srv/x'), /start the daemon$/],
    ['EAGAIN', lxd, /busy/],
    ['ECONNRESET', lxd, /lost before the answer was complete \(ECONNRESET\); try again$/],
    ['EPIPE', lxd, /lost before the answer was complete \(EPIPE\); try again$/],
    ['EWHATEVER', lxd, /: connect EWHATEVER$/],
  ])('%s on %j', (code, endpoint, text) => {
    const cause = fail(code);
    const error = connectionErrorFrom(cause, endpoint, details);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(text);
    expect(error.message.startsWith(`GET /1.0: ${(endpoint as { socketPath: string }).socketPath}: `)).toBe(
      true,
    );
    expect(error).toMatchObject({ ...details, cause });
  });

  test('a lost answer of a write may have been carried out', () => {
    const error = connectionErrorFrom(fail('ECONNRESET'), lxd, { method: 'POST', path: '/1.0/instances' });
    expect(error.message).toMatch(/^POST .*may have done what was asked/);
  });

  test('no request, no name of one', () => {
    expect(connectionErrorFrom(fail('ENOENT'), lxd).message).toMatch(/^\/var\/lib\/lxd/);
  });
});

describe('on the network', () => {
  test.each([
    ['ECONNREFUSED', /refused \(ECONNREFUSED\); nothing listens there: .*core\.https_address to :8443/],
    ['ENOTFOUND', /the host name box\.example is not known \(ENOTFOUND\)/],
    ['EAI_AGAIN', /could not be looked up now/],
    ['ETIMEDOUT', /no answer .*firewall/],
    ['EHOSTUNREACH', /no way to the host/],
    ['ENETUNREACH', /no way to the host/],
    ['EWHATEVER', /connect EWHATEVER$/],
  ])('%s', (code, text) => {
    const error = connectionErrorFrom(fail(code), remote, details);
    expect(error).toBeInstanceOf(ConnectionError);
    expect(error.message).toMatch(text);
    expect(error.message).toMatch(/^GET \/1\.0: https:\/\/box\.example:8443: /);
  });

  test('all addresses of a name refused: the error that holds theirs has no text', () => {
    const all = Object.assign(new AggregateError([fail('ECONNREFUSED')], ''), { code: 'ECONNREFUSED' });
    expect(connectionErrorFrom(all, remote).message).toContain('refused (ECONNREFUSED)');
  });

  test.each([
    ['ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', 'x', /client certificate \(bad certificate\)/],
    ['ERR_SSL_SSL/TLS_ALERT_BAD_CERTIFICATE', 'x', /client certificate \(bad certificate\)/], // OpenSSL 3.5
    ['ERR_SSL_TLSV1_ALERT_UNKNOWN_CA', 'x', /client certificate \(unknown ca\)/],
    ['ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED', 'x', /client certificate \(certificate expired\)/],
    [
      'EPROTO',
      'write EPROTO 80CC:error:0A000412:SSL routines:f:sslv3 alert bad certificate:../x.c:1',
      /bad cert/,
    ],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', 'x', /pass clientCert and clientKey/],
    ['CERT_NOT_YET_VALID', 'x', /clocks/],
  ])('%s is a certificate error', (code, message, text) => {
    const cause = fail(code, message);
    const error = connectionErrorFrom(cause, remote, details);
    expect(error).toBeInstanceOf(CertificateError);
    expect(error.message).toMatch(text);
    expect(error).toMatchObject({ ...details, cause });
  });

  const days = (from: number, to: number) => ({
    notBefore: new Date(Date.now() + from * 86_400_000),
    notAfter: new Date(Date.now() + to * 86_400_000),
  });
  test.each([
    ['has expired', days(-2, -1), /\(certificate expired\): clientCert has expired on .*createIdentity\(\)/],
    ['is not valid yet', days(1, 2), /\(certificate expired\): clientCert is not valid before .*clock/],
    ['is valid', days(-1, 1), /takes the client certificate for expired, .*are the clocks right\?/],
  ])('an alert about a client certificate that %s', async (_, dates, text) => {
    const { cert, key } = await makeCertificate({ commonName: 'client', ...dates });
    const endpoint = endpointFromOptions({ endpoint: 'https://box', clientCert: cert, clientKey: key })!;
    const error = connectionErrorFrom(fail('ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED'), endpoint);
    expect(error).toBeInstanceOf(CertificateError);
    expect(error.message).toMatch(text);
  });

  test('what wraps the cause, as got does, hides nothing', () => {
    const cause = fail('DEPTH_ZERO_SELF_SIGNED_CERT');
    const wrapped = Object.assign(new Error('got'), { code: 'ERR_GOT_REQUEST_ERROR', cause });
    expect(connectionErrorFrom(wrapped, remote)).toBeInstanceOf(CertificateError);
    const circle: Error & { cause?: unknown } = new Error('circle');
    circle.cause = circle;
    expect(connectionErrorFrom(circle, remote)).toBeInstanceOf(ConnectionError);
  });

  test.each<[string, () => net.Server, RegExp]>([
    ['HTTP', () => http.createServer(), /no TLS is spoken there: .*is this the port of the API/],
    ['nothing', () => net.createServer((socket) => socket.resume().end()), /closed during the TLS handshake/],
  ])('a server that speaks %s', async (_, create, text) => {
    const server = create();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const endpoint = endpointFromOptions({ endpoint: `https://127.0.0.1:${port}` })!;
    const cause = await new Promise<Error>((resolve) => {
      https.get({ host: '127.0.0.1', port }).on('error', resolve);
    });
    await new Promise((resolve) => server.close(resolve));
    expect(connectionErrorFrom(cause, endpoint).message).toMatch(text);
  });
});
