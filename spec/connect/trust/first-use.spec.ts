import { inspect } from 'node:util';
import { CertificateError, Client, ClosedError, createIdentity, InvalidInputError } from 'tslxd';
import type { AcceptCertificate, ClientOptions, OfferedCertificate } from 'tslxd';
import { rejection } from '../../resources/support.js';
import { serveHttps, sync, type TestServer } from '../../rest/test-server.js';
import { fingerprintOf, makeCertificate } from '../../support/certificates.js';
import { useConfiguration } from '../../support/configuration.js';

describe('acceptCertificate', () => {
  useConfiguration();
  const serve = () => serveHttps((response) => sync(response, { auth: 'untrusted', api_extensions: [] }));

  function clientOf({ options }: TestServer, given: ClientOptions): Client {
    return new Client({ endpoint: options.endpoint, ...given });
  }

  it('is asked once, by all that wait for the connection', async () => {
    const server = await serve();
    const asked: OfferedCertificate[] = [];
    await using client = clientOf(server, {
      acceptCertificate: async (certificate) => {
        await Promise.resolve();
        return asked.push(certificate) > 0;
      },
    });
    await Promise.all([client.server.fetch(), client.request('GET', '/1.0'), client.request('GET', '/1.0')]);
    await client.server.fetch();
    const { serverCert = '' } = server.options;
    expect(asked).toEqual([
      {
        fingerprint: fingerprintOf({ cert: serverCert, key: '' }),
        pem: serverCert.trim() + '\n',
        subject: 'CN=root@box',
        validTo: expect.any(Date),
      },
    ]);
    expect(asked[0]!.validTo.getTime()).toBeGreaterThan(Date.now());
    expect(client.credentials()).toMatchObject({ serverCert: asked[0]!.pem });
  });

  it('is asked about each of several addresses until one is accepted, and never twice about one certificate', async () => {
    const [first, second] = [await serve(), await serve()];
    const endpoint = [first, second].map(({ options }) => String(options.endpoint));
    let asked = 0;
    const refusing = new Client({ endpoint, acceptCertificate: () => (asked++, false) });
    await rejection(refusing.server.fetch(), CertificateError);
    expect(asked).toBe(1); // both show the same
    await rejection(refusing.server.fetch(), CertificateError);
    expect(asked).toBe(2); // a person may have changed their mind
    await refusing.close();
    expect([first.seen, second.seen]).toEqual([[], []]);
  });

  it('has no say where the server is known', async () => {
    const server = await serve();
    const acceptCertificate: AcceptCertificate = () => {
      throw new Error('asked');
    };
    await using client = clientOf(server, { serverCert: server.options.serverCert, acceptCertificate });
    await client.server.fetch();
    const { cert } = await makeCertificate({ commonName: 'authority', ca: true });
    const other = clientOf(server, { ca: cert, acceptCertificate });
    await rejection(other.server.fetch(), CertificateError);
    await other.close();
  });

  it.each<[string, () => unknown]>([
    ['text', () => 'no'],
    ['nothing', () => undefined],
    ['1', () => 1],
  ])('that returns %s is no yes', async (_, accept) => {
    const server = await serve();
    const client = clientOf(server, { acceptCertificate: accept as AcceptCertificate });
    await rejection(client.server.fetch(), InvalidInputError);
    expect(server.seen).toEqual([]);
    await client.close();
  });

  it('that throws has its error told', async () => {
    const server = await serve();
    const mine = new Error('no terminal');
    const client = clientOf(server, { acceptCertificate: () => Promise.reject(mine) });
    await expect(client.server.fetch()).rejects.toBe(mine);
    await client.close();
  });

  it('that never answers ends with the client', async () => {
    const server = await serve();
    let ask: () => void;
    const asked = new Promise<void>((resolve) => (ask = resolve));
    const client = clientOf(server, {
      acceptCertificate: () => {
        ask();
        return new Promise<boolean>(() => undefined);
      },
    });
    const fetching = rejection(client.server.fetch(), ClosedError);
    await asked;
    await client.close();
    await fetching;
    expect(server.seen).toEqual([]);
  });

  it('is not shown, nor in what JSON keeps', async () => {
    const server = await serve();
    const identity = createIdentity();
    await using client = clientOf(server, { ...identity, acceptCertificate: () => true });
    await client.server.fetch();
    const credentials = client.credentials();
    expect(Object.keys(JSON.parse(JSON.stringify(credentials)) as object).sort()).toEqual([
      'clientCert',
      'clientKey',
      'endpoint',
      'serverCert',
    ]);
    expect(inspect(credentials)).not.toContain('PRIVATE KEY');
  });

  it.each<[object, string]>([
    [{ acceptCertificate: true }, 'function'],
    [{ verify: false, acceptCertificate: () => true }, 'verify'],
    [{ endpoint: 'unix:///x', acceptCertificate: () => true }, 'unix socket'],
    [{ endpoint: undefined, acceptCertificate: () => true }, 'endpoint is undefined'],
  ])('does not go with %p', (options, text) => {
    expect(() => new Client({ endpoint: 'https://127.0.0.1', ...options })).toThrow(text);
  });
});
