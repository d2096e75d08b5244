/** What a promise rejects with, or a function throws, as one of this class. */
export async function failure<E extends Error>(
  work: Promise<unknown> | (() => unknown),
  Class: abstract new (...args: never[]) => E,
): Promise<E> {
  const error = await (async () => (typeof work === 'function' ? work() : work))().then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(Class);
  return error as E;
}
