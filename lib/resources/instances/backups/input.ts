import { InvalidInputError } from '../../../errors/index.js';
import { describe, isMap, type JsonMap } from '../../../orm/index.js';

/** How a backup is made. */
export interface BackupForm {
  /** Leave the snapshots out. */
  instanceOnly?: boolean | undefined;
  /** The storage driver's own format: quicker, but only a pool of the same driver can take it. */
  optimizedStorage?: boolean | undefined;
  /** `none`, `gzip`, `zstd`, … as the server has it; by default what it is configured for. */
  compressionAlgorithm?: string | undefined;
}

/** A new backup. */
export interface BackupInput extends BackupForm {
  /** The server makes one up (`backup0`) without it. */
  name?: string | undefined;
  /** When the server may delete it. */
  expiresAt?: Date | null | undefined;
}

const types = {
  instanceOnly: 'boolean',
  optimizedStorage: 'boolean',
  compressionAlgorithm: 'string',
} as const;

/** What `POST /1.0/instances/{name}/backups` takes. @throws InvalidInputError */
export function backupBody(form: BackupForm): JsonMap {
  if (!isMap(form))
    throw new InvalidInputError(`The new backup must be described by an object, not ${describe(form)}`);
  for (const [key, type] of Object.entries(types)) {
    const value = form[key];
    if (value === undefined || typeof value === type) continue;
    throw new InvalidInputError(`backup.${key} must be a ${type}, not ${describe(value)}`);
  }
  const { instanceOnly = false, optimizedStorage = false, compressionAlgorithm } = form as BackupForm;
  return {
    instance_only: instanceOnly,
    optimized_storage: optimizedStorage,
    ...(compressionAlgorithm === undefined ? {} : { compression_algorithm: compressionAlgorithm }),
  };
}
