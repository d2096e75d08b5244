import {
  isLxdError,
  milliseconds,
  OperationError,
  ResponseError,
  type LxdError,
} from '../../../errors/index.js';
import {
  isAway,
  isLost,
  looked,
  succeeded,
  waits,
  type Ended,
  type Finish,
  type StartOptions,
} from '../../../operations/index.js';
import type { CallOptions } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { underWay } from './under-way.js';

/** What a look says of a write of which nobody knows whether it was done. */
export type Verdict = 'done' | 'undone' | 'unknown';

/** Looks what has become of a write; `sentAt` (`performance.now()`) is when it was first sent. Rejects where that cannot be read. */
export type Look = (call: CallOptions, sentAt: number) => Promise<Verdict>;

/** A write that is done once, whatever happens to its connection. */
export interface OnceDone<T, W extends boolean> {
  method: string;
  path: string;
  /** Sends it, and waits for it as the options say. */
  send: (options: StartOptions<W>) => Promise<Ended<T, W>>;
  /** What its end gives. */
  finish: Finish<T>;
  look: Look;
  /** The path of what is made. */
  location?: string | undefined;
}

/** How often a write may be sent, the first time included. */
const limit = 3;

/**
 * Sends a write. Where it is lost, what has become of it is looked at: it is done, or it is sent again, which `look` allows
 * only where doing it twice is impossible or harmless; a refusal of that may come of the first having arrived after all, so
 * that it is looked at again. Waits first for what the server does with the thing.
 * @throws OutcomeUnknownError where it cannot be told, OperationExpiredError of an operation
 */
export async function onceDone<T, W extends boolean>(
  session: Session,
  write: OnceDone<T, W>,
  options: StartOptions<W>,
): Promise<Ended<T, W>> {
  const sentAt = performance.now();
  const timeout = milliseconds(options.timeout);
  const left = () =>
    timeout === undefined ? undefined : Math.max(1, timeout - (performance.now() - sentAt));
  let lost: LxdError | undefined;
  for (let sent = 1; ; sent++) {
    let refusal: unknown;
    try {
      return await write.send(lost ? { ...options, timeout: left() } : options);
    } catch (error) {
      if (isLost(error)) lost = error;
      else if (lost && isAway(error)) throw lost;
      else if (lost && isRefusal(error)) refusal = error;
      else throw error;
    }
    const { signal } = options;
    const limits = () => ({ signal, timeout: left() });
    await underWay(session, write.path, sentAt, limits);
    const verdict = await looked((call) => write.look(call, sentAt), lost, limits(), session.patience);
    if (verdict === 'done') return ended(session, write, options);
    if (verdict === 'undone' && refusal !== undefined) throw refusal as Error;
    if (verdict === 'unknown' || sent === limit) throw lost;
    session.connection.log.warn?.(`${write.method} ${write.path} was lost and is not done; trying again`);
  }
}

function isRefusal(error: unknown): boolean {
  return isLxdError(error) && (error instanceof ResponseError || error instanceof OperationError);
}

/** As it would have ended, without what its answer would have told. */
async function ended<T, W extends boolean>(
  session: Session,
  { method, path, finish, location }: OnceDone<T, W>,
  options: StartOptions<W>,
): Promise<Ended<T, W>> {
  const operation = succeeded(session, { method, path }, finish, { location });
  return (waits(session, options) ? await operation.wait() : operation) as Ended<T, W>;
}
