import { LxdError } from './base.js';
import { named } from './named.js';

/** A file of this machine could not be written: the disk is full, or it may not be; `cause` is the system's error. */
export class LocalFileError extends LxdError {
  constructor(
    /** The file, as it was to be named. */
    readonly file: string,
    cause: unknown,
  ) {
    const message = `${file} could not be written: ${(cause as Error).message}`;
    super('ERR_LXD_LOCAL_FILE', message, { cause });
  }
}

named({ LocalFileError });
