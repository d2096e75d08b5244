/** What stands for a secret wherever something is printed. */
export const hidden = '(hidden)';

/** What answers of the API call the secrets that are in them: those of the keys of buckets. */
const secret = 'secret-key';

/** A JSON value as it may be printed: itself where there is no secret in it. */
export function printable<T>(value: T): T {
  if (typeof value !== 'object' || value === null || !JSON.stringify(value).includes(`"${secret}"`))
    return value;
  return JSON.parse(
    JSON.stringify(value, (key, inner: unknown) => (key === secret && inner !== '' ? hidden : inner)),
  ) as T;
}

/** A change of such a value as it may be printed. */
export function printableChange<C extends { path: readonly string[]; from: unknown; to: unknown }>(
  change: C,
): C {
  return change.path.at(-1) === secret ? { ...change, from: hidden, to: hidden } : change;
}
