import {
  ClusterMemberError,
  ConnectionError,
  OutcomeUnknownError,
  ResponseError,
  TimeoutError,
  UnavailableError,
} from '../errors/index.js';
import { MemberNews } from '../events/index.js';
import type { Session } from '../rest/session.js';
import { memberOf, type OperationData } from './data.js';
import { asked, expired, isGone, title, type Subject } from './outcome.js';
import type { Tracker, Update } from './tracker.js';

/** Times in ms. */
export interface OwnerTimes {
  /** How long a server, or the member of a cluster that carries an operation out, may be away before a wait gives up. */
  patience: number;
  /** For the answer of the other members to whether it is away. */
  answer: number;
}

/**
 * Who carries an operation out, while it does not answer. In a cluster that need not be who is asked: a member that dies
 * takes its operations with it, and the others only tell that they cannot reach it; one that is frozen never answers, and
 * its operations go on when it wakes up.
 */
export class Owner {
  readonly #session: Session;
  readonly #subject: Subject;
  readonly #tracker: Tracker<OperationData>;
  readonly #times: OwnerTimes;
  /** Since when it, or the server that is asked, is away. */
  #lost: number | undefined;
  /** Since when the others hold it to be offline. */
  #offline: number | undefined;

  constructor(session: Session, subject: Subject, tracker: Tracker<OperationData>, times: OwnerTimes) {
    this.#session = session;
    this.#subject = subject;
    this.#tracker = tracker;
    this.#times = times;
  }

  /** The member; undefined on a single server. */
  get member(): string | undefined {
    return memberOf(this.#tracker.data);
  }

  /** How long it has been away, in ms. */
  get away(): number {
    return this.#lost === undefined ? 0 : performance.now() - this.#lost;
  }

  /** What was asked of it was cut off. */
  cutOff(): void {
    this.#lost ??= performance.now();
  }

  answered(): void {
    this.#lost = this.#offline = undefined;
  }

  /** Whether it may answer at another time. */
  mayReturn(error: unknown): boolean {
    return mayReturn(error) || (this.member !== undefined && isCutOff(error));
  }

  /** Takes that it did not answer; resolves with the end of the wait, or with undefined as long as it is worth to ask again. */
  async lost(error: unknown): Promise<Update<OperationData> | undefined> {
    if (isGone(error)) return this.gone(error);
    this.#lost ??= performance.now();
    const isLong = this.away > this.#times.patience;
    const given: Update<OperationData> = { state: 'expired', error: error as Error };
    if (!this.mayReturn(error)) return given;
    const { member } = this;
    if (member === undefined) return isLong ? given : undefined;
    if (isCutOff(error)) return isLong || isDead(error) ? this.#unknown(error) : undefined;
    // Nothing was heard: of the member, or of who was asked for it? The others tell.
    const status = await this.#statusOf(member);
    if (status === undefined) return isLong && !(error instanceof TimeoutError) ? given : undefined;
    if (status !== 'Offline') {
      this.answered();
      return undefined;
    }
    this.#offline ??= performance.now();
    return performance.now() - this.#offline > this.#times.patience ? this.#unknown(error) : undefined;
  }

  /** The server knows it no longer: its end was missed, or its member has died since. */
  gone(error: unknown): Update<OperationData> {
    const died = this.member !== undefined && this.#lost !== undefined;
    return died ? this.#unknown(error) : expired(this.#subject, error);
  }

  /** As the cluster has it; undefined if nobody answers. Who may not see the members takes it for one that is there. */
  async #statusOf(member: string): Promise<string | undefined> {
    let timer: NodeJS.Timeout | undefined;
    try {
      const late = new Promise<undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), this.#times.answer);
      });
      const look = await Promise.race([MemberNews.of(this.#session).look(), late]);
      return look && (look.members.get(member)?.status ?? 'Offline'); // or it is of the cluster no more
    } catch (error) {
      return error instanceof ResponseError && (error.status ?? 0) < 500 ? '' : undefined;
    } finally {
      clearTimeout(timer);
    }
  }

  #unknown(cause: unknown): Update<OperationData> {
    const member = this.member ?? '';
    const message =
      `${title(this.#subject)}: the cluster member ${member}, which was at it, went away (${textOf(cause)}): ` +
      'how it ended is not known; look at what it was to do';
    const details = { ...asked(this.#subject), operation: this.#subject.id, cause };
    return { state: 'expired', error: new OutcomeUnknownError(message, details) };
  }
}

/** Errors of a server that restarts, has no majority, or of the way to it, on which a proxy may say so. */
export function mayReturn(error: unknown): boolean {
  if (error instanceof UnavailableError) return true;
  if (error instanceof ResponseError) return error.status === 502 || error.status === 503;
  return error instanceof ConnectionError || error instanceof TimeoutError;
}

/** What a member that was asked says of its connection to the one that it asks in turn, in Go's words and in its own. */
const cutOff =
  /(^|[:"] )(unexpected )?EOF\b|Missing event connection|Server isn't ready yet|Unable to connect to: |connection (reset|refused|timed out)|broken pipe|no route to host|use of closed network connection|http2: client connection lost|i\/o timeout/i;

/** Whether an answer tells that who carries the operation out cannot be reached, and nothing of the operation. */
export function isCutOff(error: unknown): boolean {
  if (error instanceof ClusterMemberError) return true;
  return error instanceof ResponseError && (error.status ?? 0) >= 500 && cutOff.test(error.message);
}

/** Nobody listens there any more: it has ended, and its operations, which it keeps in memory, with it. */
function isDead(error: unknown): boolean {
  return isCutOff(error) && /connection refused/i.test((error as Error).message);
}

function textOf(cause: unknown): string {
  return cause instanceof Error ? cause.message : 'it did not answer';
}
