import { InvalidInputError } from '../../errors/index.js';
import { describe, isMap, snake, type JsonMap } from '../../orm/index.js';

/** How a backup of anything is made. */
export interface BackupCompression {
  /** `none`, `gzip`, `zstd`, … as the server has it; by default what it is configured for. */
  compressionAlgorithm?: string | undefined;
}

/** Name and expiry of a new backup. */
export interface NewBackup {
  /** Chosen by the server (`backup0`) by default. */
  name?: string | undefined;
  /** When the server deletes it; null for never. */
  expiresAt?: Date | null | undefined;
}

/** What can be said of how the backups of a kind are made, with the types; a boolean that is not said is false. */
export type Form<F> = { readonly [P in keyof F]-?: 'boolean' | 'string' };

/** A form by the server's names. @throws InvalidInputError */
export function formBody<F extends object>(given: F, form: Form<F>): JsonMap {
  if (!isMap(given))
    throw new InvalidInputError(`The new backup must be described by an object, not ${describe(given)}`);
  const body: JsonMap = {};
  for (const [property, type] of Object.entries<'boolean' | 'string'>(form)) {
    const value = given[property] ?? (type === 'boolean' ? false : undefined);
    if (value === undefined) continue;
    if (typeof value !== type)
      throw new InvalidInputError(`backup.${property} must be a ${type}, not ${describe(value)}`);
    body[snake(property)] = value;
  }
  return body;
}
