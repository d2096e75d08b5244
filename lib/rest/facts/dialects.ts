import { normalise } from './endpoint-merge.js';
import { header, literal, unique } from './print.js';
import { products, type EndpointFact, type Facts, type Product } from './read.js';

/** The oldest versions that the facts tell apart. */
const oldest: Readonly<Record<Product, string>> = { lxd: 'lxd-5.0.9', incus: 'v6.0.6' };

/** When a write is an operation: always, by what it is asked for, or where the server has an extension. */
function whenAsync({ kind, asyncExtension }: EndpointFact): string | undefined {
  if (asyncExtension !== undefined) return literal(asyncExtension);
  if (kind === 'async') return 'true';
  return kind.split('|').includes('async') ? literal('asked') : undefined;
}

/** An object with an entry for each product. */
function byProduct(lines: (product: Product) => string[], [open, close]: readonly [string, string]): string {
  const parts = products.map((product) => `  ${product}: ${open}\n${lines(product).join('')}  ${close},\n`);
  return `{\n${parts.join('')}}`;
}

/** The text of dialects.generated.ts. */
export function generateDialects(facts: Facts): string {
  const writes = (product: Product) =>
    facts.endpoints[product].flatMap((fact) => {
      const when = fact.method === 'GET' || fact.variant !== undefined ? undefined : whenAsync(fact);
      const name = literal(`${fact.method} ${normalise(fact.path)}`);
      return when === undefined ? [] : [`    ${name}: ${when},\n`];
    });
  const paths = (product: Product) => {
    const old = facts.endpoints[product].filter(({ since }) => since === oldest[product]);
    const methods = (path: string) =>
      old.filter((fact) => normalise(fact.path) === path).map(({ method }) => method);
    return unique(old.map(({ path }) => normalise(path)))
      .sort()
      .map((path) => `    ${literal(path)}: ${literal(unique(methods(path)).sort().join(' '))},\n`);
  };
  return `${header}
/**
 * The writes of each product that are operations, their parameters without names: always, as they are \`asked\`, or
 * where the server has this extension.
 */
export const asyncWrites: Readonly<Record<'lxd' | 'incus', Readonly<Record<string, true | string>>>> =
  ${byProduct(writes, ['{', '}'])};

/** The paths that every supported version of a product has, and the methods of each. */
export const oldestPaths: Readonly<Record<'lxd' | 'incus', Readonly<Record<string, string>>>> =
  ${byProduct(paths, ['{', '}'])};
`;
}
