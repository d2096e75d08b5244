import { join } from 'node:path';
import { assertOptions, InvalidInputError } from '../../errors/index.js';
import type { Product } from '../options.js';
import { configFolders, type Environment } from './folders.js';
import { given, readDocument } from './document.js';
import { builtIn, images, localName, type Remote } from './remote.js';

/** Which remotes to read. */
export interface RemotesOptions {
  /** Of `lxc` or of `incus` alone; both by default. */
  product?: Product | undefined;
}

/** What one command-line client knows. */
export interface Configuration {
  remotes: Remote[];
  /** The files that were looked for. */
  files: string[];
}

const products = ['lxd', 'incus'] as const;

/**
 * The remotes that `lxc` and `incus` know: of the user's `config.yml`, of everybody's (`/etc/lxd`, `/etc/incus`) and those
 * built in. `LXD_CONF`, `INCUS_CONF`, `LXD_GLOBAL_CONF`, `INCUS_GLOBAL_CONF`, `LXC_REMOTE`, `INCUS_REMOTE` and
 * `INCUS_PROJECT` count as they do there. Nothing is written, and no secret is read.
 * @throws InvalidInputError for a file that is no YAML or may not be read
 */
export async function remotes(options?: RemotesOptions): Promise<Remote[]> {
  assertOptions<RemotesOptions>(options, { product: true }, 'remotes()');
  const { product } = options ?? {};
  if (product !== undefined) assertProduct(product, 'remotes()');
  const read = await readAll(process.env, product);
  return read.flatMap((configuration) => configuration.remotes);
}

/** @throws InvalidInputError */
export function assertProduct(product: unknown, method: string): asserts product is Product {
  if (product === 'lxd' || product === 'incus') return;
  throw new InvalidInputError(`${method}: product must be 'lxd' or 'incus'`);
}

/** LXD's before Incus's. */
export function readAll(env: Environment, product?: Product): Promise<Configuration[]> {
  return Promise.all(
    products.filter((one) => product === undefined || one === product).map((one) => readOne(one, env)),
  );
}

async function readOne(product: Product, env: Environment): Promise<Configuration> {
  const folders = configFolders(product, env);
  const files = [join(folders.user, 'config.yml'), join(folders.global, 'config.yml')];
  const user = await read(files[0]!, product, env);
  // Both clients make a configuration where the user has none, and look at everybody's from the next time on.
  const global = user && (await read(files[1]!, product, env));
  const found = new Map<string, Remote>();
  for (const remote of global?.remotes ?? []) found.set(remote.name, remote);
  for (const remote of user?.remotes ?? [fixed(product, 'images', images[product])]) {
    found.set(remote.name, remote);
  }
  for (const [name, address] of Object.entries(builtIn[product])) {
    found.set(name, fixed(product, name, address));
  }
  // Only its project can be changed, whatever else a file says of it.
  const local = found.get(localName);
  found.set(localName, {
    ...fixed(product, localName, 'unix://'),
    protocol: product,
    project: local?.project ?? overriding(product, env),
    authType: undefined,
    isPublic: false,
    file: local?.file,
  });
  const named = product === 'lxd' ? env.LXC_REMOTE : env.INCUS_REMOTE;
  const preferred = named || user?.preferred || global?.preferred || localName;
  const all = [...found.values()].map((remote) => ({ ...remote, isDefault: remote.name === preferred }));
  return { remotes: all.sort((a, b) => (a.name < b.name ? -1 : 1)), files };
}

async function read(
  file: string,
  product: Product,
  env: Environment,
): Promise<{ remotes: Remote[]; preferred: string | undefined } | undefined> {
  const document = await readDocument(file);
  if (document === undefined) return undefined;
  // In maps no name, not even __proto__, is special.
  const content: unknown = given(file, () => document.toJS({ mapAsMap: true }) as unknown);
  const described = mapOf(mapOf(content).get('remotes'));
  const remotes = [...described].map(([name, value]) =>
    remoteOf(String(name), mapOf(value), { file, product, env }),
  );
  return { remotes, preferred: textOf(mapOf(content).get('default-remote')) };
}

interface Origin {
  file: string;
  product: Product;
  env: Environment;
}

function remoteOf(
  name: string,
  given: ReadonlyMap<unknown, unknown>,
  { file, product, env }: Origin,
): Remote {
  const isPublic = given.get('public') === true;
  const project = textOf(given.get('project'));
  return {
    name,
    product,
    protocol: protocolOf(textOf(given.get('protocol')), product),
    addresses: inOrder(textOf(given.get('addr')) ?? '', textOf(given.get('last_working_address'))),
    project: overriding(product, env) ?? (project === 'default' ? undefined : project),
    authType: textOf(given.get('auth_type')) ?? (isPublic ? undefined : 'tls'),
    isPublic,
    isDefault: false,
    file,
  };
}

/** The file decides whose server it is, unless it is one of images. */
function protocolOf(protocol: string | undefined, product: Product): string {
  return protocol === undefined || protocol === 'lxd' || protocol === 'incus' ? product : protocol;
}

/** A list of addresses begins at the one that worked last, and goes round. */
function inOrder(list: string, last: string | undefined): string[] {
  const addresses = list
    .split(',')
    .map((address) => address.trim())
    .filter((address) => address !== '');
  const first = Math.max(0, last === undefined ? 0 : addresses.indexOf(last));
  return [...addresses.slice(first), ...addresses.slice(0, first)];
}

/** Only `incus` has a variable for it. */
function overriding(product: Product, env: Environment): string | undefined {
  return product === 'incus' ? env.INCUS_PROJECT || undefined : undefined;
}

function fixed(product: Product, name: string, address: string): Remote {
  return {
    name,
    product,
    protocol: 'simplestreams',
    addresses: [address],
    project: undefined,
    authType: undefined,
    isPublic: true,
    isDefault: false,
    file: undefined,
  };
}

function mapOf(value: unknown): ReadonlyMap<unknown, unknown> {
  return value instanceof Map ? value : new Map();
}

function textOf(value: unknown): string | undefined {
  const isText = typeof value === 'string' || typeof value === 'number';
  return isText && value !== '' ? String(value) : undefined;
}
