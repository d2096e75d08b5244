import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { configSecrets } from '../../lib/resources/kind/config-secrets.js';

const facts = join(import.meta.dirname, '../../lib/rest/facts/config-keys.json');
const keys = JSON.parse(readFileSync(facts, 'utf8')) as { entity: string; key: string }[];

/** Sound like secrets, and are not. A new key that does is to be read about, and goes here or into the pattern. */
const harmless = [
  'cluster.join_token_expiry',
  'core.auth_secret_expiry',
  'core.https_allowed_credentials',
  'core.remote_token_expiry',
];

test('each config key of a server, pool, network, zone or integration that sounds secret is decided on', () => {
  const ours = keys.filter(({ entity }) => /^(server|storage|network)/.test(entity)).map(({ key }) => key);
  const sounding = ours.filter((key) =>
    /key|secret|pass|token|hmac|credential|environment|psk/i.test(key.replace(/^user\..*/, '')),
  );
  const open = [...new Set(sounding.filter((key) => !configSecrets.test(key)))];
  expect(open.sort()).toEqual(harmless);
  expect(sounding.length).toBeGreaterThan(harmless.length + 10);
});
