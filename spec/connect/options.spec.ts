import { createPrivateKey, generateKeyPairSync } from 'node:crypto';
import { describeEndpoint, type HttpsEndpoint } from '../../lib/connect/endpoint.js';
import { endpointFromOptions, type ConnectOptions } from '../../lib/connect/options.js';
import { fingerprint } from '../../lib/connect/pem.js';
import { InvalidInputError } from '../../lib/errors/index.js';
import { fingerprintOf, makeCertificate, type MadeCertificate } from '../support/certificates.js';

let made: MadeCertificate;
let other: MadeCertificate;

beforeAll(async () => {
  [made, other] = await Promise.all([
    makeCertificate({ commonName: 'made' }),
    makeCertificate({ commonName: 'other' }),
  ]);
});

describe('where the server is', () => {
  test.each<[ConnectOptions]>([[{}], [{ endpoint: 'unix://' }], [{ endpoint: 'unix:' }], [{ verify: true }]])(
    '%j is a search',
    (options) => {
      expect(endpointFromOptions(options)).toBeUndefined();
    },
  );

  test.each<[ConnectOptions, string]>([
    [{ socketPath: '/run/x y:é.sock' }, '/run/x y:é.sock'],
    [{ endpoint: 'unix:///run/x%20y' }, '/run/x%20y'],
    [{ endpoint: 'unix:/run/x' }, '/run/x'],
    [{ socketPath: '/' + 'é'.repeat(53) }, '/' + 'é'.repeat(53)],
  ])('%j is a socket', (options, socketPath) => {
    const endpoint = endpointFromOptions(options)!;
    expect(endpoint).toEqual({ kind: 'unix', socketPath });
    expect(describeEndpoint(endpoint)).toBe(socketPath);
  });

  test.each([
    ['https://box', 'https://box:8443', 'box'],
    ['https://box/', 'https://box:8443', 'box'],
    ['HTTPS://Box:443', 'https://box:443', 'box'],
    ['https://box:443/', 'https://box:443', 'box'],
    ['https://box:80', 'https://box:80', 'box'],
    [' https://box:18443\n', 'https://box:18443', 'box'],
    ['https://10.0.0.5', 'https://10.0.0.5:8443', ''],
    ['https://[::1]', 'https://[::1]:8443', ''],
    ['https://[FE80::1]:443', 'https://[fe80::1]:443', ''],
    ['https://bücher.example', 'https://xn--bcher-kva.example:8443', 'xn--bcher-kva.example'],
  ])('%j is %s', (endpoint, origin, servername) => {
    const found = endpointFromOptions({ endpoint })!;
    expect(found).toMatchObject({ kind: 'https', origin, tls: { servername, rejectUnauthorized: true } });
    expect(describeEndpoint(found)).toBe(origin);
  });

  test('names the pinned certificate', () => {
    const pinned = endpointFromOptions({ endpoint: 'https://box', serverCert: made.cert }) as HttpsEndpoint;
    expect(pinned.pins?.map(fingerprint)).toEqual([fingerprintOf(made)]);
    expect((endpointFromOptions({ endpoint: 'https://box' }) as HttpsEndpoint).pins).toEqual([]);
  });
});

describe('contradictions', () => {
  const endpoint = 'https://box';

  test.each<[string, () => unknown, RegExp]>([
    ['two servers', () => ({ socketPath: '/s', endpoint }), /socketPath and endpoint/],
    ['an empty path', () => ({ socketPath: '' }), /leave it out to search/],
    ['a relative path', () => ({ socketPath: 'run/s' }), /'run\/s' is relative/],
    ['a relative unix URL', () => ({ endpoint: 'unix://run/s' }), /relative/],
    ['a path of 108 bytes', () => ({ socketPath: '/'.padEnd(108, 'x') }), /107 bytes/],
    ['a path of 108 bytes in fewer characters', () => ({ socketPath: '/x' + 'é'.repeat(53) }), /107 bytes/],
    ['a zero byte', () => ({ socketPath: '/s\0/t' }), /zero byte/],
    ['a path that is no text', () => ({ socketPath: 7 }), /must be the path/],
    ['http', () => ({ endpoint: 'http://box:8443' }), /'http:\/\/box:8443' is not encrypted.*use https/],
    ['no scheme', () => ({ endpoint: 'box:8443' }), /must be https:\/\/host\[:port\]/],
    ['an empty endpoint', () => ({ endpoint: '' }), /must be https/],
    ['a path as endpoint', () => ({ endpoint: '/run/s' }), /pass it as socketPath/],
    ['no host', () => ({ endpoint: 'https://' }), /not a URL/],
    ['a port out of range', () => ({ endpoint: 'https://box:99999' }), /not a URL/],
    ['a path in the URL', () => ({ endpoint: 'https://box/1.0' }), /must end after host and port/],
    ['a query in the URL', () => ({ endpoint: 'https://box?project=x' }), /must end after host and port/],
    ['an endpoint that is no text', () => ({ endpoint: new URL('https://box') }), /must be text/],
    [
      'a key without a certificate',
      () => ({ endpoint, clientKey: made.key }),
      /clientKey without clientCert/,
    ],
    [
      'a certificate without a key',
      () => ({ endpoint, clientCert: made.cert }),
      /clientCert without clientKey/,
    ],
    [
      'a key of another certificate',
      () => ({ endpoint, clientCert: made.cert, clientKey: other.key }),
      /not the key of clientCert/,
    ],
    [
      'both exchanged',
      () => ({ endpoint, clientCert: made.key, clientKey: made.cert }),
      /holds a private key/,
    ],
    [
      'a certificate for a key',
      () => ({ endpoint, clientCert: made.cert, clientKey: made.cert }),
      /clientKey holds no private key/,
    ],
    [
      'a path for a certificate',
      () => ({ endpoint, serverCert: '/etc/x.crt' }),
      /serverCert .*readFile\(path, 'utf8'\)/,
    ],
    [
      'a path for a key',
      () => ({ endpoint, clientCert: made.cert, clientKey: './client.key' }),
      /clientKey .*readFile\(path, 'utf8'\)/,
    ],
    ['a Buffer', () => ({ endpoint, ca: Buffer.from(made.cert) }), /ca must be PEM text/],
    [
      'a damaged certificate',
      () => ({ endpoint, ca: made.cert.replace('M', '!') }),
      /ca is not a readable cert/,
    ],
    [
      'a damaged second one',
      () => ({ endpoint, ca: made.cert + made.cert.replace('M', '!') }),
      /ca is not a readable/,
    ],
    [
      'a damaged key',
      () => ({ endpoint, clientCert: made.cert, clientKey: made.key.replace('MIG', 'AAA') }),
      /clientKey is not a readable private key/,
    ],
    [
      'an encrypted key',
      () => ({ endpoint, clientCert: made.cert, clientKey: encryptedKey() }),
      /openssl pkey -in/,
    ],
    ['a pin and a CA', () => ({ endpoint, serverCert: made.cert, ca: made.cert }), /serverCert and ca/],
    [
      'a pin not to verify',
      () => ({ endpoint, serverCert: made.cert, verify: false }),
      /verify: false is not to/,
    ],
    ['a CA not to verify', () => ({ endpoint, ca: made.cert, verify: false }), /verify: false is not to/],
    ["verify: 'false'", () => ({ endpoint, verify: 'false' }), /must be true or false/],
    ['TLS on a socket', () => ({ socketPath: '/s', serverCert: made.cert }), /serverCert is for TLS/],
    ['TLS on a search', () => ({ clientCert: made.cert, clientKey: made.key }), /no https endpoint is named/],
    [
      'verify: false on a socket',
      () => ({ endpoint: 'unix:///s', verify: false }),
      /verify: false is for TLS/,
    ],
  ])('%s', (_, options, text) => {
    const call = () => endpointFromOptions(options() as ConnectOptions);
    expect(call).toThrow(InvalidInputError);
    expect(call).toThrow(text);
  });

  test('say no password of a URL', () => {
    for (const text of [
      'https://me:hush@box',
      'http://me:hush@box',
      'me:hush@box',
      'https://me:hush@box:x',
    ]) {
      expect(() => endpointFromOptions({ endpoint: text })).toThrow(InvalidInputError);
      expect(() => endpointFromOptions({ endpoint: text })).not.toThrow(/hush/);
    }
  });

  test('say no key, wherever it was put', () => {
    const secret = made.key.split('\n')[1]!;
    const { key } = made;
    const all: ConnectOptions[] = [
      { endpoint, ca: key },
      { endpoint, serverCert: key },
      { endpoint, clientCert: other.cert, clientKey: key },
      { endpoint, clientCert: key, clientKey: key },
      { endpoint, clientCert: made.cert, clientKey: key.replace('MIG', 'AAA') },
      { endpoint, clientCert: made.cert, clientKey: secret },
    ];
    for (const options of all) {
      const error = thrownBy(() => endpointFromOptions(options));
      expect(JSON.stringify(error) + String(error) + String((error as Error).cause)).not.toContain(secret);
    }
  });
});

test('a key in its older form, as openssl ecparam writes it, will do', () => {
  const sec1 = createPrivateKey(made.key).export({ type: 'sec1', format: 'pem' }) as string;
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n';
  const options = { endpoint: 'https://box', clientCert: made.cert, clientKey: parameters + sec1 };
  expect(endpointFromOptions(options)).toMatchObject({ kind: 'https' });
});

function encryptedKey(): string {
  const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return privateKey.export({
    type: 'pkcs8',
    format: 'pem',
    cipher: 'aes-256-cbc',
    passphrase: 'x',
  }) as string;
}

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}
