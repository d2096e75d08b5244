import { InvalidInputError, shown } from '../../errors/index.js';
import { quoted } from '../address.js';
import type { Product } from '../options.js';
import type { Environment } from './folders.js';
import { readAll, type Configuration } from './read.js';
import { fullName, isImageServer, localName, type Remote } from './remote.js';

/** A remote as a text names it: `prod`, `lxd:prod`, `incus:prod`, each with or without the command line's last colon. */
interface RemoteName {
  product?: Product;
  name: string;
}

/** The remote that a text means, and whether it is the local server of either product. @throws InvalidInputError */
export async function choose(text: string, env: Environment): Promise<{ remote: Remote; isAny: boolean }> {
  const { product, name } = parseName(text);
  const read = await readAll(env, product);
  const named = read.flatMap(({ remotes }) => remotes.filter((remote) => remote.name === name));
  const servers = named.filter((remote) => !isImageServer(remote));
  const [first, second] = servers;
  if (first === undefined) throw named[0] ? imagesOnly(named[0]) : unknown(text, read);
  if (second === undefined) return { remote: first, isAny: false };
  // Whoever has no remotes has two of this name, and one server.
  if (name === localName && first.project === second.project) return { remote: first, isAny: true };
  throw new InvalidInputError(
    `Both lxc and incus know a remote '${name}': say '${fullName(first)}' or '${fullName(second)}'`,
  );
}

function parseName(text: string): RemoteName {
  const [, product, name = ''] = /^(?:(lxd|incus):(?=.))?(.*?):?$/s.exec(text) ?? [];
  return { name, ...(product !== undefined && { product: product as Product }) };
}

function imagesOnly({ name, protocol, addresses: [address = ''] }: Remote): InvalidInputError {
  const server = `{ server: ${quoted(address)}, protocol: '${protocol}', alias: … }`;
  return new InvalidInputError(
    `The remote '${name}' has images only and is no server to work with: use it as source of images, ${server}`,
  );
}

function unknown(text: string, read: readonly Configuration[]): InvalidInputError {
  const known = read.flatMap(({ remotes }) =>
    remotes.filter((remote) => !isImageServer(remote)).map(fullName),
  );
  const files = read.flatMap((configuration) => configuration.files).join(', ');
  const isAddress = /[.:[]/.test(text) && !text.includes('@');
  const advice = isAddress ? `; for an address say ${shown(`https://${text}`)}` : '';
  return new InvalidInputError(
    `There is no remote ${quoted(text)}${advice}. Known are ${known.join(', ')}; looked for in ${files}`,
  );
}
