import { mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Product } from '../options.js';
import { readText } from '../remotes/document.js';
import { writeAll } from '../remotes/files.js';
import { configFolders, type Environment } from '../remotes/folders.js';
import type { OidcTokens, OidcTokenStore } from './options.js';
import { claimsOf, expiryOf } from './jwt.js';

/** The tokens of a remote where `lxc` and `incus` keep them, so that a login here is one there, and the other way round. */
export function cliTokens(
  { product, name }: { product: Product; name: string },
  env: Environment,
): OidcTokenStore {
  const path = join(configFolders(product, env).user, 'oidctokens', `${name}.json`);
  return {
    load: async () => tokensOf(await read(path)),
    save: async (tokens) => {
      // Nothing of a login before: its refresh token may be of another provider.
      const others = Object.entries((await read(path)) ?? {}).filter(([name]) => !ours.has(name));
      const text = JSON.stringify({ ...Object.fromEntries(others), ...entryOf(tokens) });
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      await writeAll([{ path, text, mode: 0o600 }]);
    },
  };
}

/** As the Go clients have it. */
interface Entry {
  access_token: string;
  token_type: string;
  refresh_token?: string;
  expiry?: string;
  IDToken?: string;
}

const ours = new Set<string>([
  ...['access_token', 'token_type', 'refresh_token', 'expiry'],
  ...['IDToken', 'IDTokenClaims'],
]);

/** What cannot be read is taken for none, as the command line does: a login mends it. */
async function read(path: string): Promise<Partial<Entry> | undefined> {
  const text = await readText(path);
  try {
    const entry: unknown = JSON.parse(text ?? 'null');
    return typeof entry === 'object' && entry !== null && !Array.isArray(entry) ? entry : undefined;
  } catch {
    return undefined;
  }
}

/** Its expiry is not looked at: both clients write down another time than that. */
function tokensOf(entry: Partial<Entry> | undefined): OidcTokens | undefined {
  const [accessToken, refreshToken, idToken] = [
    entry?.access_token,
    entry?.refresh_token,
    entry?.IDToken,
  ].map(textOf);
  if (accessToken === undefined) return undefined;
  const issuer = textOf(claimsOf(idToken ?? '')?.iss);
  return { accessToken, refreshToken, idToken, issuer };
}

function entryOf({ accessToken, refreshToken, idToken }: OidcTokens): Entry {
  const expiry = expiryOf(accessToken);
  return {
    access_token: accessToken,
    token_type: 'Bearer',
    ...(refreshToken !== undefined && { refresh_token: refreshToken }),
    ...(expiry !== undefined && { expiry: new Date(expiry * 1000).toISOString() }),
    ...(idToken !== undefined && { IDToken: idToken }),
  };
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
