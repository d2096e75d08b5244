import { InvalidInputError } from '../../errors/index.js';
import type { Product } from '../options.js';
import { given, parsed, readText } from './document.js';
import { images } from './remote.js';

/** What the file says of one remote, in the command line's words. */
export interface Entry {
  addr: string;
  auth_type: 'tls' | 'oidc';
  project: string;
  protocol: Product;
  public: false;
}

/** A configuration with one remote more, and all else as it stands. @throws InvalidInputError for what is none */
export async function withRemote(
  file: string,
  product: Product,
  name: string,
  entry: Entry,
): Promise<string> {
  const { isMap } = await import('yaml');
  const text = (await readText(file)) ?? '';
  const isEmpty = text.split('\n').every((line) => /^\s*(#|$)/.test(line));
  const document = await parsed(isEmpty ? withNewline(text) + beginning(product) : text, file);
  if (!isMap(document.contents)) throw new InvalidInputError(`${file} is no configuration: it holds no map`);
  const remotes = document.get('remotes');
  if (isMap(remotes)) {
    // {} would have the rest on its line.
    if (remotes.items.length === 0) remotes.flow = false;
  } else if (remotes === undefined || remotes === null) {
    document.set('remotes', document.createNode({}));
  } else {
    throw new InvalidInputError(`${file} is no configuration: its remotes are no map`);
  }
  document.setIn(['remotes', name], document.createNode(entry));
  return given(file, () => document.toString({ lineWidth: 0 }));
}

/** With the newline at its end that an editor may have left out. */
function withNewline(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

/** As the command line begins, since without these lines it would not find the local server. */
function beginning(product: Product): string {
  return `default-remote: local
remotes:
  images:
    addr: ${images[product]}
    protocol: simplestreams
    public: true
  local:
    addr: unix://
${product === 'incus' ? '    protocol: incus\n' : ''}    public: false
aliases: {}
`;
}
