import { veiled } from './given.js';
import { named } from './named.js';

/** Registered, so that two copies of this package in one process recognise each other's errors. */
const brand = Symbol.for('tslxd.LxdError');

/** What an error knows beside its message; every part is there only where it exists. */
export interface ErrorDetails {
  cause?: unknown;
  /** The HTTP status, or the status code that the server's answer names. */
  status?: number | undefined;
  /** The id of the server operation that failed or was waited for. */
  operation?: string | undefined;
  /** The HTTP method of the request. */
  method?: string | undefined;
  /** The path of the request, without its query. */
  path?: string | undefined;
}

/** The base of everything that this library throws: `code` is stable, messages may improve, and have no token or key in them. */
export class LxdError extends Error {
  readonly code: string;
  declare readonly status?: number;
  declare readonly operation?: string;
  declare readonly method?: string;
  declare readonly path?: string;

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    const { cause, ...known } = details;
    super(veiled(message), cause === undefined ? undefined : { cause });
    this.code = code;
    for (const [key, value] of Object.entries(known)) {
      if (value !== undefined)
        Object.defineProperty(this, key, {
          value: key === 'path' ? veiled(String(value)) : value,
          enumerable: true,
        });
    }
  }

  /** @internal */
  get [brand](): true {
    return true;
  }
}

named({ LxdError });

/** Whether a value is an error of this library, whichever copy of it threw. */
export function isLxdError(value: unknown): value is LxdError {
  return typeof value === 'object' && value !== null && brand in value;
}
