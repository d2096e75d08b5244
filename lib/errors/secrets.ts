import { inspect } from 'node:util';

/** What stands for a secret wherever something is printed. */
export const hidden = '(hidden)';

type Named = Readonly<Record<string, unknown>>;

/** What answers of the API call the secrets of bucket keys. */
const bucketSecret = 'secret-key';

/** What servers, pools, networks and integrations call the secrets in their config; `user.*` is of no meaning to them. */
const configSecret = /(password|client_key|client\.secret|api\.token|api\.key)$/;

/** The secrets of websockets, and of tokens: `metadata.fds['0']`, `metadata.control`, `metadata.secret`. */
const websocketSecret = /^[0-9a-f]{32,}$/;

/** Whether a value of an object may not be printed; `path` is where it is. */
function isSecret(path: readonly string[]): boolean {
  const name = path.at(-1) ?? '';
  if (name === bucketSecret) return true;
  return path.length === 2 && path[0] === 'config' && !name.startsWith('user.') && configSecret.test(name);
}

/** A JSON value as it may be printed: itself where there is no secret in it. */
export function printable<T>(value: T): T {
  if (!isObject(value)) return value;
  const { config } = value;
  const isPlain = !isObject(config) || !Object.keys(config).some((name) => isSecret(['config', name]));
  if (isPlain && !holds(value, bucketSecret)) return value;
  return without(value) as T;
}

/** A copy without its secrets; what is empty is none. */
function without(value: unknown, path: readonly string[] = []): unknown {
  if (Array.isArray(value)) return value.map((item) => without(item, path));
  if (!isObject(value)) return value;
  const copy: Record<string, unknown> = {};
  for (const [name, inner] of Object.entries(value)) {
    const at = [...path, name];
    define(copy, name, isSecret(at) && inner !== '' && !isObject(inner) ? hidden : without(inner, at));
  }
  return copy;
}

/** A change of such a value as it may be printed. */
export function printableChange<C extends { path: readonly string[]; from: unknown; to: unknown }>(
  change: C,
): C {
  return isSecret(change.path) ? { ...change, from: hidden, to: hidden } : change;
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
