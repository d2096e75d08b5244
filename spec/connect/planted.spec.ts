import { inspect } from 'node:util';
import { addRemote, Client, createIdentity, isLxdError, remotes } from 'tslxd';
import { useConfiguration } from '../support/configuration.js';

useConfiguration();

const secret = 'f00d'.repeat(16);
const token = Buffer.from(
  JSON.stringify({ client_name: 'x', fingerprint: 'ab'.repeat(32), addresses: ['127.0.0.1:9'], secret }),
).toString('base64');
const { clientKey } = createIdentity();
const body = clientKey.split('\n').slice(1, -2).join('');

const away = 'https://127.0.0.1:9';

/** Whatever an option may be, and beside it what it takes to be looked at. */
const options: Record<string, object> = {
  endpoint: {},
  socketPath: {},
  clientCert: { endpoint: away, clientKey },
  clientKey: { endpoint: away },
  passphrase: { endpoint: away },
  serverCert: { endpoint: away },
  ca: { endpoint: away },
  verify: { endpoint: away },
  proxy: { endpoint: away },
  acceptCertificate: { endpoint: away },
  bearer: { endpoint: away },
  clientJwt: { endpoint: away },
  oidc: { endpoint: away },
  project: { endpoint: away },
  target: { endpoint: away },
  timeout: { endpoint: away },
  maxAnswerSize: { endpoint: away },
  headers: { endpoint: away },
  log: { endpoint: away },
  autoWait: { endpoint: away },
  signal: { endpoint: away },
  token: { endpoint: away },
  name: { endpoint: away },
};

const planted: [string, string][] = [
  ['a token', token],
  ['a token in quotation marks', `"${token}"`],
  ['what the command line prints with a token', `Client x certificate add token:\n${token}\n`],
  ['a key', clientKey],
  ['a key on one line', clientKey.replaceAll('\n', '\\n')],
  ['a URL with a token', `${away}/?token=${token}`],
  ['a URL with a password', `https://me:${secret}@host/x?y=${secret}`],
];

/** In any of the shapes in which a value can be. */
const shapes: [string, (value: string) => unknown][] = [
  ['itself', (value) => value],
  ['a list', (value) => [value]],
  ['a property', (value) => ({ [value]: value })],
];

type Connect = (...given: unknown[]) => Promise<Client>;
const connect = Client.connect.bind(Client) as Connect;

async function said(work: () => unknown): Promise<string> {
  try {
    const made = await work();
    if (made instanceof Client) await made.close();
    return '';
  } catch (error) {
    expect(isLxdError(error)).toBe(true);
    return inspect(error, { depth: Infinity, showHidden: true });
  }
}

function expectHidden(text: string): void {
  for (const part of [secret, token.slice(0, 30), body.slice(0, 30), body.slice(-30)])
    expect(text).not.toContain(part);
}

describe('a secret in the wrong place is in no error', () => {
  describe.each(planted)('%s', (_, value) => {
    it.each(Object.entries(options))('as the option %s', async (name, beside) => {
      for (const [, shape] of shapes) {
        const given = { ...beside, [name]: shape(value) };
        expectHidden(await said(() => connect(given)));
        expectHidden(await said(() => new Client(given).close()));
      }
    });

    it('as the text of connect()', async () => {
      for (const text of [value, `lxd:${value}`, `/${value}`, `unix:${value}`, `https://${value}`]) {
        expectHidden(await said(() => connect(text)));
        expectHidden(await said(() => connect(text, { token })));
      }
      process.env.TSLXD_REMOTE = value;
      expectHidden(await said(() => connect().finally(() => delete process.env.TSLXD_REMOTE)));
      expectHidden(await said(() => connect({ [value]: 1 })));
    });

    it('as the name or an option of addRemote(), remotes() and createIdentity()', async () => {
      const add = addRemote as (...given: unknown[]) => Promise<void>;
      const from = { endpoint: away };
      for (const given of [
        [value, from],
        ['x', value],
        ['x', { endpoint: value }],
        ['x', from, value],
      ])
        expectHidden(await said(() => add(...given)));
      for (const name of ['product', 'project', 'authType', value])
        expectHidden(await said(() => add('x', from, { product: 'lxd', [name]: value })));
      for (const name of ['product', value])
        expectHidden(await said(() => (remotes as (given: unknown) => Promise<unknown>)({ [name]: value })));
      for (const name of ['name', 'days', value])
        expectHidden(await said(() => createIdentity({ [name]: value })));
    });

    it('as a name, a path or an option of a call', async () => {
      if (value.includes(`me:${secret}@`)) return; // which only what takes a URL can know
      await using client = new Client({ endpoint: away });
      const calls: (() => unknown)[] = [
        () => client.useProject(value).instances.names(),
        () => client.useTarget(value).instances.names(),
        () => client.instances.get(value),
        () => client.instances.get('c1', { [value]: value }),
        () => client.instances.names({ timeout: value } as object),
        () => client.certificates.get(value),
        () => client.projects.create({ name: value }),
        () => client.request('GET', value as '/1.0'),
        () => client.request('GET', '/1.0', { [value]: value }),
        () => client.request('GET', '/1.0', { headers: { [value]: value } }),
        () => client.authenticate('x', { name: value }),
      ];
      for (const call of calls) expectHidden(await said(call));
      const derived = [client.useProject(value), client.useTarget(value)];
      for (const one of derived) expectHidden(inspect(one));
    });
  });

  it('and is recognised', async () => {
    const message = (work: Promise<unknown>) =>
      work.then(String, (error: unknown) => (error as Error).message);
    expect(await message(connect(token))).toBe(
      'Client.connect(): the text is a trust token: pass { token } to Client.connect()',
    );
    expect(await message(connect({ endpoint: token }))).toMatch('endpoint is a trust token: pass { token }');
    expect(await message(connect({ socketPath: token }))).toMatch('socketPath is a trust token');
    expect(await message(connect(clientKey))).toMatch('the text is PEM text: pass it as clientCert');
    expect(await message(connect(`${away}/?token=hunter2`))).toBe(
      `endpoint '${away}/?(hidden)' must end after host and port: paths are the client's to add`,
    );
  });
});
