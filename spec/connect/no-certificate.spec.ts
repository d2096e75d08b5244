import { jest } from '@jest/globals';
import { once } from 'node:events';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { TLSSocket } from 'node:tls';
import { endpointFromOptions } from '../../lib/connect/options.js';
import { CertificateError } from '../../lib/errors/index.js';
import { GotTransport } from '../../lib/rest/got-transport.js';
import { Web } from '../../lib/rest/web.js';
import { afterwards, rejection } from '../rest/test-server.js';
import { makeCertificate, type MadeCertificate } from '../support/certificates.js';

let port: number;
let made: MadeCertificate;

beforeEach(async () => {
  made = await makeCertificate({ commonName: 'box', altNames: ['127.0.0.1'] });
  const server = https.createServer(made, (_, response) => response.end('{"type":"sync"}'));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  ({ port } = server.address() as AddressInfo);
  afterwards(() => server.closeAllConnections());
  afterwards(() => server.close());
});

afterEach(() => jest.restoreAllMocks());

// Bun gives null for a certificate that is refused, and Node's types allow it.
test.each([
  ['none', null],
  ['an empty one', {}],
])('a server that shows %s', async (_, certificate) => {
  jest.spyOn(TLSSocket.prototype, 'getPeerCertificate').mockReturnValue(certificate as never);
  const endpoint = `https://127.0.0.1:${String(port)}`;
  const other = await makeCertificate({ commonName: 'other' });
  for (const options of [{}, { serverCert: made.cert }, { serverCert: other.cert }, { ca: made.cert }]) {
    const transport = new GotTransport(endpointFromOptions({ endpoint, ...options })!);
    afterwards(() => transport.close());
    for (const verb of ['request', 'stream', 'websocket'] as const) {
      expect(await rejection(transport[verb]({ method: 'GET', path: '/1.0' }))).toBeInstanceOf(
        CertificateError,
      );
    }
    const upgraded = transport.upgrade({ method: 'GET', path: '/1.0' }, 'sftp');
    expect(await rejection(upgraded)).toBeInstanceOf(CertificateError);
    const web = new Web(new URL(endpoint), options);
    expect(await rejection(web.text(new URL('/x', endpoint)))).toBeInstanceOf(CertificateError);
  }
});

test.each([
  ['null', null],
  ['empty', {}],
])('for whom the identity does not matter, %s will do', async (_, certificate) => {
  jest.spyOn(TLSSocket.prototype, 'getPeerCertificate').mockReturnValue(certificate as never);
  const endpoint = `https://127.0.0.1:${String(port)}`;
  const transport = new GotTransport(endpointFromOptions({ endpoint, verify: false })!);
  afterwards(() => transport.close());
  expect(await transport.request({ method: 'GET', path: '/1.0' })).toMatchObject({ status: 200 });
});
