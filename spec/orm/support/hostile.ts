/** Keys that mean something to JavaScript, to paths, or to careless code. All of them are keys that a server may hold. */
export const hostileKeys = [
  'constructor',
  'toString',
  'hasOwnProperty',
  '__proto__',
  'prototype',
  'valueOf',
  'toJSON',
  'then',
  'length',
  '',
  'a.b',
  'a/b',
  '0',
  '-1',
  'null',
  'undefined',
  ' ',
  'schlüssel',
  '鍵',
  '🐧',
  'e\u0301',
  '\u202e',
];

/** An object with these own keys, `__proto__` too. */
export function mapOf<T>(keys: readonly string[], value: (key: string) => T): Record<string, T> {
  return Object.fromEntries(keys.map((key) => [key, value(key)]));
}

/** The own entries, in order of their keys: compared instead of objects, whose prototypes and `__proto__` matchers mistake. */
export function entriesOf(value: unknown): [string, unknown][] {
  return Object.entries(value as object).sort(([a], [b]) => (a < b ? -1 : 1));
}
