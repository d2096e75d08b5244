import { named } from './named.js';

/** A request that `dryRun` did not send. */
export interface PlannedRequest {
  /** `PATCH`, `PUT` or `POST`. */
  method: string;
  /** Its path, as `client.request()` takes it. */
  path: string;
  body: unknown;
}

/** Thrown in place of sending what would change something; who asked for a dry run catches it. */
export class UnsentRequest extends Error {
  constructor(readonly request: PlannedRequest) {
    super(`${request.method} ${request.path} was not sent: it is a dry run`);
  }
}

/** What `work` would send first; undefined if it only reads. */
export async function unsent(work: () => Promise<unknown>): Promise<PlannedRequest | undefined> {
  try {
    await work();
    return undefined;
  } catch (error) {
    if (error instanceof UnsentRequest) return error.request;
    throw error;
  }
}

named({ UnsentRequest });
