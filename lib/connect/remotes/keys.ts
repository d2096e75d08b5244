import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { InvalidInputError } from '../../errors/index.js';
import { isEncrypted, parseCertificates, parsePrivateKey } from '../pem.js';
import type { ConnectOptions, Passphrase, Product } from '../options.js';
import { answered, passphraseText } from '../passphrase.js';
import { configFolders, type Environment } from './folders.js';
import { readText } from './document.js';
import type { Remote } from './remote.js';

/** Who we are: a certificate, and its key with what opens it. */
export type KeyPair = Pick<ConnectOptions, 'clientCert' | 'clientKey' | 'passphrase'>;

/** The pair `<base>.crt` and `<base>.key`, which must belong together; undefined where one is missing. */
export async function readPair(
  base: string,
  passphrase: Passphrase | undefined,
): Promise<KeyPair | undefined> {
  const [certFile, keyFile] = [`${base}.crt`, `${base}.key`];
  const [clientCert, clientKey] = await Promise.all([readText(certFile), readText(keyFile)]);
  if (clientCert === undefined || clientKey === undefined) return undefined;
  const opened = await opening(clientKey, passphrase, keyFile);
  const [certificate] = parseCertificates(clientCert, certFile);
  if (certificate.checkPrivateKey(parsePrivateKey(clientKey, keyFile, passphraseText(opened)))) {
    return { clientCert, clientKey, passphrase: opened };
  }
  throw new InvalidInputError(`${keyFile} is not the key of ${certFile}`);
}

/** The certificate that the command line makes for itself, which counts for all of its remotes. */
export function ownPair(
  product: Product,
  env: Environment,
  passphrase?: Passphrase,
): Promise<KeyPair | undefined> {
  return readPair(join(configFolders(product, env).user, 'client'), passphrase);
}

/** Where a remote has its certificate, its key and its authority, but for their `.crt`, `.key` and `.ca`. */
export function identityBase({ product, name }: Remote, env: Environment): string {
  const { user } = configFolders(product, env);
  // Incus alone has certificates for one remote, which then takes its authority from beside them.
  const own = join(user, 'clientcerts', name);
  const hasOwn = product === 'incus' && existsSync(`${own}.crt`) && existsSync(`${own}.key`);
  return hasOwn ? own : join(user, 'client');
}

/** The certificate of its server that a remote is known by, if any. */
export async function pinOf({ name, file }: Remote): Promise<string | undefined> {
  return file === undefined ? undefined : readText(join(dirname(file), 'servercerts', `${name}.crt`));
}

/** What opens a key, asked for where it takes one. */
export async function opening(
  key: unknown,
  passphrase: Passphrase | undefined,
  what: string,
): Promise<Passphrase | undefined> {
  if (typeof passphrase !== 'function') return passphrase;
  return isEncrypted(key) ? answered(await passphrase(what)) : undefined;
}
