import { inspect } from 'node:util';

/** What stands for a secret wherever something is printed. */
export const hidden = '(hidden)';

type Named = Readonly<Record<string, unknown>>;

/** What answers of the API call the secrets of bucket keys. */
const bucketSecret = 'secret-key';

/** The secrets of websockets, and of tokens: `metadata.fds['0']`, `metadata.control`, `metadata.secret`. */
const websocketSecret = /^[0-9a-f]{32,}$/;

/** A JSON value without the secrets of bucket keys, wherever in it they are: itself where there are none. */
export function printable<T>(value: T): T {
  return holds(value, bucketSecret) ? (without(value) as T) : value;
}

/** A copy without those secrets; what is empty is none. */
function without(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(without);
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value))
    define(copy, name, name === bucketSecret && inner !== '' ? hidden : without(inner));
  return copy;
}

/** What of an operation's description may have secrets. */
interface Described {
  class?: unknown;
  metadata?: unknown;
}

/** An operation's description as it may be printed. */
export function printableOperation<T extends Described>(data: T): T {
  const { class: kind, metadata } = data;
  if (!isObject(metadata)) return data;
  const shown = kind === 'websocket' || kind === 'token' ? withoutWords(metadata) : printable(metadata);
  return shown === metadata ? data : { ...data, metadata: shown };
}

/** What an operation of a class with secrets tells: of a command the values of its environment are such, too. */
function withoutWords(metadata: Named): Named {
  const shown: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(metadata)) {
    const isMap = (name === 'fds' || name === 'environment') && isObject(value);
    const isWord = name === 'secret' || (typeof value === 'string' && websocketSecret.test(value));
    const map = isMap ? Object.fromEntries(Object.keys(value).map((key) => [key, hidden])) : value;
    define(shown, name, isWord ? hidden : map);
  }
  return shown;
}

/**
 * Has an operation's description, wherever it is, print without its secrets, by properties that no copy takes along; each
 * can still be read by its name.
 */
export function veilOperation(data: object): void {
  if (Object.hasOwn(data, 'toJSON')) return;
  const shown = printableOperation(data as Described);
  if (shown === data) return;
  const { metadata } = data as { metadata: object };
  hide(data, 'toJSON', () => shown);
  hide(data, inspect.custom, () => shown);
  hide(metadata, inspect.custom, () => shown.metadata);
}

function hide(object: object, name: string | symbol, value: unknown): void {
  Object.defineProperty(object, name, { value, configurable: true });
}

/** As an own property, also where it is called `__proto__`. */
function define(object: object, name: string, value: unknown): void {
  Object.defineProperty(object, name, { value, enumerable: true, configurable: true, writable: true });
}

function holds(value: unknown, name: string): boolean {
  if (!isObject(value)) return Array.isArray(value) && value.some((item) => holds(item, name));
  return Object.hasOwn(value, name) || Object.values(value).some((inner) => holds(inner, name));
}

function isObject(value: unknown): value is Named {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
