import { LxdError, type ErrorDetails } from './base.js';
import { named } from './named.js';

/** One value that two writers changed differently; `undefined` means that the key is not there. */
export interface Conflict {
  /** Where, e.g. `['config', 'limits.cpu']`. */
  path: readonly string[];
  /** What it was when it was read. */
  base: unknown;
  /** What the caller made of it. */
  mine: unknown;
  /** What the server has now. */
  theirs: unknown;
}

/** Two people changed the same thing: nothing was written, and the caller's edits are still in the model. */
export class SaveConflictError extends LxdError {
  /** Not a property of its own: values can be secrets (`user.password`), and a printed error shows their paths only. */
  readonly #conflicts: readonly Conflict[];

  constructor(message: string, conflicts: readonly Conflict[], details: ErrorDetails = {}) {
    super('ERR_LXD_SAVE_CONFLICT', message, details);
    this.#conflicts = conflicts;
  }

  /** What both have changed. */
  get conflicts(): readonly Conflict[] {
    return this.#conflicts;
  }
}

named({ SaveConflictError });
