import { inspect } from 'node:util';
import { Client, createIdentity, NotFoundError, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { describeSubjects, rejection, sent } from '../support.js';
import { decoded, tellOfCertificates } from './stories.js';

describeSubjects('trusted certificates', (subject) => {
  tellOfCertificates(subject);
});

describe.each(['lxd', 'incus'] as const)('on the fake %s over HTTPS', (product) => {
  it('lets in whom it was told to trust, until that is taken back', async () => {
    await using server = await FakeServer.start({ product, https: true });
    const identity = createIdentity();
    const { endpoint, serverCert } = server.endpoint;
    await using client = await Client.connect({ endpoint, serverCert, ...identity });
    expect(client.server.auth).toBe('untrusted');
    const { certificates } = server.client();
    const one = await certificates.create({ certificate: identity.clientCert });
    expect((await client.server.fetch()).auth).toBe('trusted');
    expect((await client.certificates.get(identity.fingerprint)).name).toBe(one.name);
    await one.delete();
    expect((await client.server.fetch()).auth).toBe('untrusted');
    await certificates.create({ certificate: identity.clientCert, type: 'metrics' });
    expect((await client.server.fetch()).auth).toBe('untrusted');
    server.reset();
    await expect(certificates.get(identity.fingerprint)).rejects.toThrow(NotFoundError);
  });
});

it('says no secret of a token in logs and errors', async () => {
  await using server = await FakeServer.start();
  const lines: string[] = [];
  const levels = ['error', 'warn', 'info', 'debug'] as const;
  const log = Object.fromEntries(levels.map((level) => [level, (line: string) => lines.push(line)]));
  await using client = new Client({ socketPath: server.socketPath, log });
  const { secret } = decoded(await client.certificates.createToken({ name: 'a' }));
  const [token] = await client.certificates.tokens();
  const shown: unknown[] = [token, client.certificates, client, ...(await client.operations.all())];
  server.failNext('DELETE /1.0/operations/*', { status: 500 });
  shown.push(await rejection(token!.cancel(), Error));
  expect(lines.length).toBeGreaterThan(2);
  expect([...lines, ...shown.map((one) => inspect(one, { depth: Infinity }))].join('\n')).not.toContain(
    secret,
  );
});

it('has no tokens of servers without them', async () => {
  const extensions = (own: readonly string[]) => own.filter((name) => name !== 'certificate_token');
  await using server = await FakeServer.start({ extensions });
  const { certificates } = server.client();
  for (const promise of [certificates.createToken({ name: 'a' }), certificates.tokens()])
    await expect(promise).rejects.toThrow(UnsupportedError);
  expect(new Set(sent(server))).toEqual(new Set(['GET /1.0']));
});
