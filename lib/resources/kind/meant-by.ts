import { isLxdError, NotFoundError, UnsupportedError, type LxdError } from '../../errors/index.js';
import type { StoreRules } from './kind.js';

/** What a refusal means by the words that a kind declares; undefined where they mean nothing else than its status. */
export function meantBy(error: unknown, { unfit, missing }: StoreRules): LxdError | undefined {
  if (!isLxdError(error)) return undefined;
  const { message, status, operation, method, path } = error;
  const none = unfit instanceof RegExp ? { says: unfit, remedy: undefined } : unfit;
  if (none?.says.test(message)) {
    const said = none.remedy === undefined ? message : `${message}: ${none.remedy}`;
    return new UnsupportedError(said, undefined, error);
  }
  if (!missing?.test(message)) return undefined;
  return new NotFoundError(message, { cause: error, status, operation, method, path });
}
