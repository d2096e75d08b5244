import { readFile, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { cliTokens } from '../../../lib/connect/oidc/cli-tokens.js';
import { useConfiguration } from '../../support/configuration.js';

const configuration = useConfiguration();
const idToken = `e30.${Buffer.from('{"iss":"https://idp"}').toString('base64url')}.c2ln`;

/** As both Go clients write it: the expiry is the moment of writing. */
const entry = {
  access_token: 'access',
  token_type: 'Bearer',
  refresh_token: 'refresh',
  expiry: '2026-01-01T00:00:00.000003600Z',
  IDTokenClaims: null,
  IDToken: idToken,
};

describe.each(['lxd', 'incus'] as const)('the tokens of %s', (product) => {
  const path = () => join(configuration[product], 'oidctokens', 'prod.json');
  const store = () => cliTokens({ product, name: 'prod' }, process.env);

  it('are read, and know their provider by the ID token', async () => {
    await configuration.write(path(), JSON.stringify(entry));
    expect(await store().load()).toEqual({
      accessToken: 'access',
      refreshToken: 'refresh',
      idToken,
      issuer: 'https://idp',
    });
  });

  it.each(['', '{', 'null', '[]', '"x"', '{}', '{"access_token":""}', '{"access_token":1}'])(
    'are none where the file is %j, until they are written',
    async (text) => {
      await configuration.write(path(), text);
      expect(await store().load()).toBeUndefined();
      await store().save({ accessToken: 'new' });
      expect(await store().load()).toMatchObject({ accessToken: 'new' });
    },
  );

  it('are for their owner alone, in a folder of theirs', async () => {
    expect(await store().load()).toBeUndefined();
    await store().save({ accessToken: 'a', refreshToken: 'r', idToken, issuer: 'https://idp' });
    expect((await stat(path())).mode & 0o777).toBe(0o600);
    expect((await stat(dirname(path()))).mode & 0o777).toBe(0o700);
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual({
      access_token: 'a',
      token_type: 'Bearer',
      refresh_token: 'r',
      IDToken: idToken,
    });
  });

  it('keep what is not ours, and nothing of the login before', async () => {
    await configuration.write(path(), JSON.stringify({ ...entry, new: [1] }));
    await store().save({ accessToken: 'b' });
    expect(JSON.parse(await readFile(path(), 'utf8'))).toEqual({
      access_token: 'b',
      token_type: 'Bearer',
      new: [1],
    });
  });
});
