import { InvalidInputError } from '../../errors/index.js';
import type { QueryValue } from './values.js';

/** Query parameters by name: `undefined` is left out, a list repeats the parameter. */
export type Query = Record<string, QueryValue | readonly QueryValue[] | undefined>;

/**
 * Fills the `{x}` of a path from the parameter `x`, each as one encoded segment, whatever is in it.
 * A name of `.` or `..` becomes `%2E` or `%2E%2E`, which servers take as a name. WHATWG URL parsers collapse
 * even that, so the result must never go through `new URL`.
 */
export function fillPath(template: string, params: Readonly<Record<string, unknown>> = {}): string {
  return template.replaceAll(/\{([^{}]*)\}/g, (_, name: string) => {
    const value = Object.hasOwn(params, name) ? params[name] : undefined;
    if (typeof value === 'string' && value !== '') return encodeSegment(value, name, template);
    const fault = value === undefined ? 'is missing' : value === '' ? 'is empty' : 'is not a string';
    throw new InvalidInputError(
      `${template}: the path parameter '${name}' ${fault}; pass { ${name}: 'some name' }`,
    );
  });
}

/** Builds a query string without its `?`; empty where there is nothing to send. */
export function buildQuery(query: Readonly<Query> = {}): string {
  const built = new URLSearchParams();
  for (const [name, value] of Object.entries(query)) {
    for (const one of isList(value) ? value : [value]) {
      if (one !== undefined) built.append(name, queryText(name, one));
    }
  }
  return built.toString();
}

function encodeSegment(value: string, name: string, template: string): string {
  if (value === '.' || value === '..') return value.replaceAll('.', '%2E');
  try {
    return encodeURIComponent(value);
  } catch (cause) {
    // Half a surrogate pair: no server can have an object of that name.
    throw new InvalidInputError(`${template}: the path parameter '${name}' is not well-formed text`, cause);
  }
}

function queryText(name: string, value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  const type = value === null ? 'null' : typeof value;
  throw new InvalidInputError(
    `The query parameter '${name}' is ${type}; pass a string, a number or a boolean`,
  );
}

// `Array.isArray` alone does not narrow a readonly array.
function isList(value: Query[string]): value is readonly QueryValue[] {
  return Array.isArray(value);
}
