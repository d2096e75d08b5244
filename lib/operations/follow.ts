import { setTimeout as delay } from 'node:timers/promises';
import { ProtocolError, ResponseError, TimeoutError } from '../errors/index.js';
import { suspectLink } from '../events/index.js';
import { askedOf } from '../rest/asked.js';
import type { Session } from '../rest/session.js';
import { isOperationData, type OperationData } from './data.js';
import { failureFrom, isGone, isServerTimeout, updateFrom, type Subject } from './outcome.js';
import { isCutOff, mayReturn, Owner } from './owner.js';
import type { Tracker, Update } from './tracker.js';

/** Times of following, in ms. */
export const usual = {
  /** How long a server, or the member of a cluster that carries it out, may be away before the wait gives up. */
  patience: 30_000,
  /** Between two looks at an operation whose `/wait` does not wait. */
  poll: 500,
  /** Between two looks during a `/wait`, in case that its connection is dead … */
  beat: 15_000,
  /** … and how long an answer to one may take. */
  answer: 10_000,
};

/** One operation that is asked for. */
interface Asking {
  session: Session;
  url: string;
  subject: Subject;
  signal: AbortSignal;
  owner: Owner;
  times: typeof usual;
}

/** Follows an operation to its end over `/wait`, and tells the tracker; never rejects but for an abort. */
export async function follow(
  session: Session,
  url: string,
  subject: Subject,
  tracker: Tracker<OperationData>,
  signal: AbortSignal,
  given: Partial<typeof usual> = {},
): Promise<void> {
  const times = { ...usual, ...given };
  const owner = new Owner(session, subject, tracker, times);
  const asking = { session, url, subject, signal, owner, times };
  while (!tracker.ended && !signal.aborted) {
    try {
      const update = await ask(asking);
      owner.answered();
      tracker.observe(update);
      // Still running after an answer: the wait was refused or cut short, so this has become polling.
      if (update.state === 'running') await rest(times.poll, signal);
    } catch (error) {
      if (signal.aborted) return;
      const end = await owner.lost(error); // how it ends is not known then
      if (end) tracker.observe(end);
      else await rest(owner.away < 1000 ? 100 : 500, signal);
    }
  }
}

/** One `/wait`, and where its answer leaves a doubt, one GET. */
async function ask(asking: Asking): Promise<Update<OperationData>> {
  const { session, url, subject, signal } = asking;
  const useless = new AbortController();
  const waiting = AbortSignal.any([signal, useless.signal]);
  let known: Update<OperationData> | undefined;
  const stop = lookBeside(asking, (update) => {
    known = update;
    useless.abort();
  });
  try {
    const request = { method: 'GET', path: waitUrl(url), signal: waiting, timeout: 0 };
    const { metadata } = await session.send(request);
    if (isOperationData(metadata)) return updateFrom(metadata, subject);
    throw notAnOperation(waitUrl(url));
  } catch (waited) {
    if (known) return known;
    if (!(waited instanceof ResponseError)) throw waited;
    return await look(asking, waited);
  } finally {
    stop();
  }
}

/**
 * A `/wait` has no time limit, so where its connection dies in silence (a NAT forgets one that idles), or the member that
 * carries the operation out is frozen, that has to be learnt by other means: now and then the operation is looked at.
 * Calls `over` with an end.
 */
function lookBeside(
  { session, url, subject, signal, owner, times: { beat, answer } }: Asking,
  over: (update: Update<OperationData>) => void,
): () => void {
  let isOver = false;
  const look = async () => {
    try {
      const update = await read(session, url, subject, signal, answer);
      owner.answered();
      if (update.state !== 'running') over(update);
    } catch (error) {
      if (isOver) return;
      if (isGone(error)) {
        over(owner.gone(error));
        return;
      }
      if (error instanceof TimeoutError) suspectLink(session.connection); // then the `/wait` is asked again
      const end = owner.member !== undefined && owner.mayReturn(error) ? await owner.lost(error) : undefined;
      if (end) over(end);
    }
  };
  const timer = setInterval(() => void look(), beat).unref();
  return () => {
    isOver = true;
    clearInterval(timer);
  };
}

/** LXD main and Incus report a failure in `/wait` as an error without the operation: it is still there for 5 s. */
async function look(
  { session, url, subject, signal, owner }: Asking,
  waited: ResponseError,
): Promise<Update<OperationData>> {
  const cut = owner.member !== undefined && isCutOff(waited);
  if (cut) owner.cutOff();
  try {
    return await read(session, url, subject, signal);
  } catch (error) {
    if (owner.mayReturn(error)) throw error;
    // Whose secret is all that admits them may wait, and not look.
    const trusted = !/[?&]secret=/.test(url) || !isRefused(error);
    if (trusted && !isGone(error) && !isGone(waited)) throw waited; // neither is permitted, or the server is broken
    if (!trusted && !isGone(waited) && !tellsOfTheEnd(waited)) throw waited;
    return tellsOfTheEnd(waited) && !cut ? failureFrom(waited, subject) : owner.gone(waited);
  }
}

/** The operation as it is now. */
export async function read(
  session: Session,
  url: string,
  subject: Subject,
  signal: AbortSignal,
  timeout?: number,
): Promise<Update<OperationData>> {
  const { metadata } = await session.send({ method: 'GET', path: url, signal, timeout });
  if (isOperationData(metadata)) return updateFrom(metadata, subject);
  throw notAnOperation(url);
}

function notAnOperation(url: string): ProtocolError {
  const asked = askedOf({ method: 'GET', path: url });
  return new ProtocolError(`GET ${asked.path}: the answer is not an operation`, asked);
}

/** Whether a `/wait` was refused because the operation has failed, and not because it could not be waited for. */
function tellsOfTheEnd(waited: ResponseError): boolean {
  if (waited instanceof ProtocolError || isRefused(waited)) return false;
  return !isGone(waited) && !isServerTimeout(waited) && !mayReturn(waited);
}

function isRefused(error: unknown): boolean {
  return error instanceof ResponseError && (error.status === 401 || error.status === 403);
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function waitUrl(url: string): string {
  const [path = '', query] = url.split('?', 2);
  return `${path}/wait${query ? `?${query}` : ''}`;
}
