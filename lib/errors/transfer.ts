import { LxdError } from './base.js';
import { named } from './named.js';

/** What was copied of a tree. */
export interface TransferReport {
  files: number;
  directories: number;
  links: number;
  bytes: number;
  /** What was left out or is not quite as it was, and why: sockets, devices, set-uid bits, which the API cannot carry. */
  skipped: { path: string; reason: string }[];
}

/** A tree could not be copied as a whole: what was copied stays, and is in `report`. */
export class TransferError extends LxdError {
  constructor(
    message: string,
    cause: unknown,
    readonly report: TransferReport,
    /** What was tried in vain. */
    readonly failed: readonly { path: string; error: Error }[],
    /** What was not tried any more. */
    readonly notTried: readonly string[],
  ) {
    super('ERR_LXD_TRANSFER', message, { cause });
  }
}

named({ TransferError });
