import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { assertOptions, InvalidInputError, shown } from '../../errors/index.js';
import { isEncrypted, isSameCertificate, parseCertificates } from '../pem.js';
import { endpointsFromOptions, type Product } from '../options.js';
import { describeEndpoint } from '../endpoint.js';
import type { Credentials } from './credentials.js';
import { readText } from './document.js';
import { withRemote } from './edit.js';
import type { NewFile } from './files.js';
import { writeAll } from './files.js';
import { configFolders } from './folders.js';
import { assertProduct } from './read.js';
import { localName } from './remote.js';
import { isThere } from './same.js';

/** A client, as far as it tells how it is connected. */
export interface CredentialsSource {
  credentials(): Credentials;
  readonly server: { readonly product: Product | undefined };
  readonly project: string;
}

/** How a remote is written. */
export interface AddRemoteOptions {
  /** Whose configuration: a client knows it, credentials do not. */
  product?: Product | undefined;
  /** The project that is worked in; a client's own by default, else the server's default. */
  project?: string | undefined;
  /** How one logs in: by a client certificate, `'tls'`, or `'oidc'`, for which no certificate is written, and no tokens. */
  authType?: 'tls' | 'oidc' | undefined;
}

/** Two at a time would each write what it has read. */
let turn: Promise<unknown> = Promise.resolve();

/**
 * Has `lxc` or `incus` know a server: writes what its own `remote add` would, so that it can be used at once. The rest of
 * the configuration stays as it is, comments included. Incus gets the client certificate for this remote alone; LXD has
 * one for all of its remotes, which is written if there is none. A remote that is there already, of the same server, client
 * certificate and project, stays as it is.
 * @throws InvalidInputError for a name that is taken by another remote or impossible, and for what the command line could not use: another
 * client certificate than LXD's own, a socket, a key that it cannot open. LocalFileError where nothing can be written
 */
export async function addRemote(
  name: string,
  source: CredentialsSource | Credentials,
  options?: AddRemoteOptions,
): Promise<void> {
  assertOptions<AddRemoteOptions>(options, { product: true, project: true, authType: true }, 'addRemote()');
  assertName(name);
  if (typeof source !== 'object' || source === null) {
    throw new InvalidInputError('addRemote(): pass a client, or credentials');
  }
  const client = 'credentials' in source && typeof source.credentials === 'function' ? source : undefined;
  const credentials: unknown = client ? client.credentials() : source;
  assertCredentials(credentials);
  const { product: own } = Object(client?.server) as { product?: Product | undefined };
  const product = options?.product ?? own;
  if (product === undefined) throw new InvalidInputError("addRemote(): say product: 'lxd' or 'incus'");
  assertProduct(product, 'addRemote()');
  const project = options?.project ?? client?.project ?? 'default';
  if (typeof project !== 'string' || project === '') {
    throw new InvalidInputError('addRemote(): project must be a non-empty string');
  }
  const authType: unknown = options?.authType ?? 'tls';
  if (authType !== 'tls' && authType !== 'oidc') {
    throw new InvalidInputError("addRemote(): authType must be 'tls' or 'oidc'");
  }
  const mine = turn.then(() => add(name, credentials, { product, project, authType }));
  turn = mine.catch(() => undefined);
  return mine;
}

async function add(
  name: string,
  credentials: Credentials,
  { product, project, authType }: { product: Product; project: string; authType: 'tls' | 'oidc' },
): Promise<void> {
  const addr = addressOf(credentials, product);
  if (await isThere(name, { credentials, addr, product, project, authType }, process.env)) return;
  const { user } = configFolders(product, process.env);
  const file = join(user, 'config.yml');
  const text = await withRemote(file, product, name, {
    addr,
    auth_type: authType,
    project,
    protocol: product,
    public: false,
  });
  if (authType === 'oidc') assertNothingElse(credentials);
  const identity = authType === 'oidc' ? [] : await identityFiles(name, credentials, product, user);
  const pin = pinFile(name, credentials, user);
  // Last, so that there is no remote before it can be used.
  await writeAll([...identity, ...pin, { path: file, text, mode: 0o644 }]);
  // A remote of that name that was removed may have left its tokens, which are nothing for another server.
  if (authType === 'oidc') await rm(join(user, 'oidctokens', `${name}.json`), { force: true });
}

/** @throws InvalidInputError for what the command line does not look at where one logs in */
function assertNothingElse({ clientCert, ca, bearer }: Credentials): void {
  if (bearer !== undefined) {
    throw new InvalidInputError("addRemote(): authType: 'oidc' has no use for bearer: leave one of them out");
  }
  if (clientCert === undefined && ca === undefined) return;
  const [given, instead] =
    clientCert === undefined ? ['ca', 'pass serverCert instead'] : ['clientCert', 'leave one of them out'];
  throw new InvalidInputError(`addRemote(): authType: 'oidc' has no use for ${given}: ${instead}`);
}

function assertCredentials(credentials: unknown): asserts credentials is Credentials {
  if (typeof credentials === 'object' && credentials !== null && !Array.isArray(credentials)) return;
  throw new InvalidInputError('addRemote(): pass a client, or credentials');
}

function assertName(name: unknown): asserts name is string {
  if (typeof name !== 'string' || name === '') {
    throw new InvalidInputError('addRemote(): the name must be a non-empty string');
  }
  const problem = /[:/\\\0]/.test(name) ? "must be without ':', '/', '\\' and zero bytes" : undefined;
  const reserved =
    name === localName || name === '.' || name === '..' ? 'cannot be that of a remote' : undefined;
  const fault = problem ?? reserved;
  if (fault) throw new InvalidInputError(`addRemote(): the name ${shown(name)} ${fault}`);
}

/** With its port, as the command line has it. @throws InvalidInputError */
function addressOf(credentials: Credentials, product: Product): string {
  const { endpoint, clientCert, clientKey, passphrase, serverCert, ca, verify } = credentials;
  // As a client would: what cannot be connected with is not written.
  const endpoints = endpointsFromOptions({
    endpoint,
    clientCert,
    clientKey,
    passphrase,
    serverCert,
    ca,
    verify,
  });
  const sockets = endpoints.filter(({ kind }) => kind === 'unix');
  if (endpoints.length === 0 || sockets.length > 0) {
    throw new InvalidInputError(
      "addRemote(): a remote is on the network: pass endpoint: 'https://host:8443'",
    );
  }
  if (endpoints.length > 1 && product === 'lxd') {
    throw new InvalidInputError('addRemote(): lxc takes one address for a remote: pass one endpoint');
  }
  return endpoints.map(describeEndpoint).join(',');
}

function pinFile(name: string, { serverCert }: Credentials, user: string): NewFile[] {
  if (serverCert === undefined) return [];
  const [certificate] = parseCertificates(serverCert, 'serverCert');
  return [{ path: join(user, 'servercerts', `${name}.crt`), text: certificate.toString(), mode: 0o644 }];
}

async function identityFiles(
  name: string,
  credentials: Credentials,
  product: Product,
  user: string,
): Promise<NewFile[]> {
  const { clientCert, clientKey, ca } = credentials;
  if (clientCert === undefined || clientKey === undefined) {
    throw new InvalidInputError(
      "addRemote(): clientCert and clientKey are missing, without which nobody is trusted; for a login say authType: 'oidc'",
    );
  }
  assertReadable(clientKey, product);
  const own = join(user, 'client');
  const there = await readText(`${own}.crt`);
  const isOwn = there !== undefined && isSameCertificate(there, clientCert);
  if (product === 'lxd') {
    if (there !== undefined && !isOwn) {
      throw new InvalidInputError(
        `addRemote(): lxc has one client certificate for all of its remotes, and ${own}.crt is another: connect with that one`,
      );
    }
    if (ca !== undefined && (await readText(join(user, 'client.ca'))) !== ca) {
      throw new InvalidInputError(
        'addRemote(): lxc has one ca for all of its remotes: pass serverCert instead',
      );
    }
    return isOwn ? [] : pair(own, clientCert, clientKey);
  }
  // Its authority counts only beside a certificate for the remote alone.
  if (isOwn && ca === undefined) return [];
  const base = join(user, 'clientcerts', name);
  const authority = ca === undefined ? [] : [{ path: `${base}.ca`, text: ca, mode: 0o644 }];
  return [...authority, ...pair(base, clientCert, clientKey)];
}

function pair(base: string, clientCert: string, clientKey: string): NewFile[] {
  return [
    { path: `${base}.key`, text: clientKey, mode: 0o600 },
    { path: `${base}.crt`, text: clientCert, mode: 0o644 },
  ];
}

/** @throws InvalidInputError for an encrypted key that the command line could not open */
function assertReadable(clientKey: string, product: Product): void {
  if (!isEncrypted(clientKey)) return;
  if (product === 'incus' && clientKey.includes('Proc-Type: 4,ENCRYPTED')) return;
  const what =
    product === 'lxd' ? 'lxc opens no encrypted keys' : 'incus opens encrypted keys of the old form alone';
  throw new InvalidInputError(`addRemote(): ${what}: decrypt clientKey, e.g. with openssl ec -in client.key`);
}
