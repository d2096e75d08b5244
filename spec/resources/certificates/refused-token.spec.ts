import { Client, InvalidInputError, TrustTokenError, UnsupportedError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';
import { useConfiguration } from '../../support/configuration.js';
import { rejection } from '../support.js';

useConfiguration();

describe.each(['lxd', 'incus'] as const)('on %s', (product) => {
  it('a token for a project that is not there says so to who uses it', async () => {
    await using fake = await FakeServer.start({ product, https: true });
    await using admin = fake.client();
    const token = await admin.certificates.createToken({ name: 'a', restricted: true, projects: ['nosuch'] });
    const error = await rejection(Client.connect({ token }), TrustTokenError);
    expect(error.message).toContain('made for a project that the server does not have. Ask for a new token');
    expect(error.status).toBe(404);
  });

  it('what was done at once has no operation to look up', async () => {
    await using fake = await FakeServer.start({ product });
    await using client = fake.client({ autoWait: false });
    const done = await client.profiles.create({ name: 'a' });
    expect([done.id, done.state]).toEqual(['', 'succeeded']);
    const error = await rejection(client.operations.get(done.id), InvalidInputError);
    expect(error.message).toContain('did at once, without an operation');
  });
});

it('a bearer takes what its server takes: both of its extensions', async () => {
  const extensions = ['access_management', 'access_management_tls', 'auth_bearer'];
  await using fake = await FakeServer.start({ product: 'lxd', extensions: (own) => [...own, ...extensions] });
  await using client = fake.client();
  const making = client.auth.identities.create({ name: 'ci', type: 'Client token bearer' });
  expect((await rejection(making, UnsupportedError)).message).toContain('auth_bearer_devlxd');
});
