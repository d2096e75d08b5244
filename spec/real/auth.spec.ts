import { createIdentity, NotFoundError, UnsupportedError, type Client } from 'tslxd';
import { rejection } from '../resources/support.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

// LXD 5.21 and newer have identities; what is here has not.

describeReal('identities, groups and permissions', (server) => {
  const { client, requestsOf } = useClient(server);
  const { clientCert: certificate } = createIdentity();

  const calls: [string, (of: Client) => Promise<unknown>][] = [
    ['permissions', ({ auth }) => auth.permissions()],
    ['identities', ({ auth }) => auth.identities.createToken({ name: 'a' })],
    ['identities', ({ auth }) => auth.identities.current()],
    ['identities', ({ auth }) => auth.identities.create({ name: 'a', certificate })],
    ['identities', ({ auth }) => auth.identities.get('tls/a')],
    ['identities', ({ auth }) => auth.identities.ref('bearer/a').issueToken()],
    ['groups', ({ auth }) => auth.groups.ensure('a', { description: 'b' })],
    ['identity provider groups', ({ auth }) => auth.identityProviderGroups.names()],
  ];

  it('are said not to be there, without a request for them', async () => {
    const isIncus = server.product === 'incus';
    for (const [what, call] of calls) {
      const sent = await requestsOf(async () => {
        const error = await rejection(call(client), UnsupportedError);
        expect(error.message).toContain(
          isIncus ? `Incus has no ${what}` : `has no ${what}; it lacks the API extension access_management`,
        );
        expect(error.extension).toBe(isIncus ? undefined : 'access_management');
      });
      expect(sent).toEqual([]);
    }
  });

  it('are not there', async () => {
    for (const path of ['/1.0/auth/identities', '/1.0/auth/groups', '/1.0/auth/permissions'] as const)
      await expect(client.request('GET', path)).rejects.toThrow(NotFoundError);
  });
});
