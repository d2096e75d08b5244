import { Client, createIdentity, InvalidInputError } from 'tslxd';
import { library } from '../../../lib/connect/oidc/library.js';
import { offerOf, withoutOffer } from '../../../lib/connect/oidc/offer.js';
import { sessionSet } from '../../../lib/connect/oidc/cookie.js';

const endpoint = 'https://127.0.0.1:9';
const onVerification = () => undefined;
const { clientCert, clientKey } = createIdentity();
const identity = { clientCert, clientKey };
const oidc = { onVerification };

describe('options that cannot be', () => {
  it.each<[string, object]>([
    ['bearer and oidc', { bearer: 'x', oidc }],
    ['bearer and clientJwt', { bearer: 'x', clientJwt: true, ...identity }],
    ['clientJwt and oidc', { clientJwt: true, oidc, ...identity }],
    ['bearer and clientCert', { bearer: 'x', ...identity }],
    ['oidc and clientCert', { oidc, ...identity }],
    ['clientJwt without clientCert', { clientJwt: true }],
    ['bearer with verify: false', { bearer: 'x', verify: false }],
    ['oidc with verify: false', { oidc, verify: false }],
    ['clientJwt with verify: false', { clientJwt: true, verify: false, ...identity }],
    ['clientJwt must be true or false', { clientJwt: 'yes' }],
    ['bearer must be a token', { bearer: '' }],
    ['bearer must be a token', { bearer: 'SECRET text' }],
    ['bearer must be a token', { bearer: 'SECRET\r\nx: y' }],
    ['bearer must be a token', { bearer: { token: 'SECRET' } }],
    ['bearer must be a token', { bearer: null }],
    ['oidc must be an object', { oidc: 'SECRET' }],
    ['oidc must be an object', { oidc: null }],
    ['oidc must be an object', { oidc: true }],
    ['oidc must be an object', { oidc: onVerification }],
    ["oidc: unknown option 'onverification'", { oidc: { onverification: onVerification } }],
    ['onVerification must be a function', { oidc: { onVerification: 'open' } }],
    ['tokens must be an object', { oidc: { tokens: {} } }],
    ['tokens must be an object', { oidc: { tokens: null } }],
    ['oidc.ca', { oidc: { onVerification, ca: 'ca.pem' } }],
    ['allowLoopbackHttp must be', { oidc: { onVerification, allowLoopbackHttp: 1 } }],
    ['pass onVerification', { oidc: {} }],
    ['bearer sets the header AUTHORIZATION', { bearer: 'x', headers: { AUTHORIZATION: 'y' } }],
  ])('%s', (words, options) => {
    const make = () => new Client({ endpoint, ...options });
    expect(make).toThrow(InvalidInputError);
    expect(make).toThrow(words);
    expect(make).not.toThrow('SECRET');
  });

  it.each<[string, object]>([
    ['bearer', { bearer: 'x' }],
    ['oidc', { oidc }],
    ['clientJwt', { clientJwt: true }],
  ])('%s over a socket, or where a server is looked for', (name, options) => {
    for (const where of [{ socketPath: '/x' }, { endpoint: 'unix:///x' }, {}]) {
      const make = () => new Client({ ...where, ...options });
      expect(make).toThrow(InvalidInputError);
      expect(make).toThrow(`${name} is for TLS`);
    }
  });

  it('are refused by Client.connect() to a remote, too', async () => {
    const refused = Client.connect(endpoint, { oidc: true as never });
    await expect(refused).rejects.toThrow(InvalidInputError);
  });
});

describe('what a server offers', () => {
  const incus = { 'x-incus-oidc-issuer': 'https://idp', 'x-incus-oidc-clientid': 'c' };
  const lxd = { 'x-lxd-oidc-issuer': 'https://idp', 'x-lxd-oidc-clientid': 'c' };

  it.each<[string, Record<string, string>, string[]]>([
    ['of Incus without scopes', incus, ['openid', 'offline_access']],
    [
      'of Incus, with commas',
      { ...incus, 'x-incus-oidc-scopes': 'openid,groups, x' },
      ['openid', 'groups', 'x'],
    ],
    ['of LXD, a list of JSON', { ...lxd, 'x-lxd-oidc-scopes': '["openid","a b"]' }, ['openid', 'a b']],
    ['of LXD without scopes', lxd, ['openid', 'email', 'offline_access', 'profile']],
    [
      'of LXD with a claim',
      { ...lxd, 'x-lxd-oidc-groups-claim': 'groups' },
      ['openid', 'email', 'offline_access', 'profile', 'groups'],
    ],
    [
      'that is damaged',
      { ...lxd, 'x-lxd-oidc-scopes': '{}' },
      ['openid', 'email', 'offline_access', 'profile'],
    ],
  ])('scopes %s', (_, headers, scopes) => {
    expect(offerOf(headers)).toMatchObject({
      issuer: 'https://idp',
      clientId: 'c',
      scopes,
      audience: undefined,
    });
  });

  it.each<Record<string, string>>([
    {},
    { 'x-incus-oidc-issuer': 'https://idp' },
    { 'x-incus-oidc-issuer': '', 'x-incus-oidc-clientid': '' },
  ])('is nothing by %j', (headers) => {
    expect(offerOf(headers)).toBeUndefined();
  });

  it('is taken out of a refusal', () => {
    expect(withoutOffer({ ...incus, etag: 'x' })).toEqual({ etag: 'x' });
  });
});

it.each<[string | undefined, string[]]>([
  [undefined, []],
  [undefined, ['other=x; Path=/']],
  ['a=b', ['session=a=b; Path=/; Secure']],
  ['', ['session=; Path=/']],
  ['', ['session=x; Max-Age=0']],
  ['', ['session=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT']],
  ['x', ['session=x; Max-Age=60']],
  ['y', ['session=x', 'other=z', 'session=y']],
  ['', ['session=a b']],
])('the session is %j after %j', (value, cookies) => {
  expect(sessionSet({ 'set-cookie': cookies })).toBe(value);
});

it('passes on what else is wrong with the library', async () => {
  const error = new SyntaxError('damaged');
  await expect(library(() => Promise.reject(error))).rejects.toBe(error);
});

it('says what to install where the library is missing, also out of a bundle', async () => {
  for (const code of ['ERR_MODULE_NOT_FOUND', 'MODULE_NOT_FOUND']) {
    const failing = () => Promise.reject(Object.assign(new Error('x'), { code }));
    await expect(library(failing)).rejects.toMatchObject({
      code: 'ERR_LXD_MISSING_PACKAGE',
      packageName: 'oauth4webapi',
      message: expect.stringContaining('npm install oauth4webapi') as string,
    });
  }
  await expect(library()).resolves.toHaveProperty('discoveryRequest'); // and looks again
});
