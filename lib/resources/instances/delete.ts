import { BadRequestError, InvalidInputError, NotFoundError } from '../../errors/index.js';
import type { CallOptions, JsonMap } from '../../orm/index.js';
import type { RestStore } from '../kind/rest-store.js';
import { isTrue } from './config.js';
import { mapOf } from './copy/body.js';

/** What a deletion depends on; undefined if there is no such instance. */
export interface Deletable {
  isStopped: boolean;
  isEphemeral: boolean;
}

/**
 * Looks at an instance before a forced deletion stops it. @throws InvalidInputError for one that is protected, which
 * would be refused only when it has been stopped
 */
export async function lookBeforeDelete(
  store: RestStore,
  key: string,
  { signal }: CallOptions,
): Promise<Deletable | undefined> {
  let data;
  try {
    ({ data } = await store.read(key, { signal }));
  } catch (error) {
    if (error instanceof NotFoundError) return undefined; // to be told by the deletion
    throw error;
  }
  if (isProtected(data)) {
    throw new InvalidInputError(
      `Instance '${key}' is protected from being deleted (security.protection.delete); it was left as it is`,
    );
  }
  return { isStopped: data.status === 'Stopped', isEphemeral: data.ephemeral === true };
}

/** Whether an instance is protected from being deleted, by its own configuration or a profile's. */
export function isProtected({ expanded_config: config }: Readonly<JsonMap>): boolean {
  return isTrue(mapOf(config)['security.protection.delete']);
}

/** Whether a deletion was refused because the instance runs. */
export function isOfRunning(error: unknown): error is BadRequestError {
  return error instanceof BadRequestError && /instance is running/i.test(error.message);
}

/** Names the remedy for an instance that runs. */
export function explainRunning(error: unknown): unknown {
  if (!isOfRunning(error)) return error;
  const { status, method, path } = error;
  return new BadRequestError(`${error.message}: stop it first, or delete({ force: true }), which stops it`, {
    cause: error,
    status,
    method,
    path,
  });
}
