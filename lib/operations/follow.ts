import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, ProtocolError, ResponseError, TimeoutError } from '../errors/index.js';
import { suspectLink } from '../events/index.js';
import { askedOf } from '../rest/asked.js';
import type { Session } from '../rest/session.js';
import { isOperationData, type OperationData } from './data.js';
import { expired, failureFrom, isGone, isServerTimeout, updateFrom, type Subject } from './outcome.js';
import type { Tracker, Update } from './tracker.js';

/** Times of following, in ms. */
export const usual = {
  /** How long a server may be away in the middle of a wait (a restart) before the wait gives up. */
  patience: 30_000,
  /** Between two looks at an operation whose `/wait` does not wait. */
  poll: 500,
  /** Between two looks during a `/wait`, in case that its connection is dead … */
  beat: 15_000,
  /** … and how long an answer to one may take. */
  answer: 10_000,
};

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
  const { patience, poll } = times;
  let lost: number | undefined; // since when the server is away
  while (!tracker.ended && !signal.aborted) {
    try {
      const update = await ask(session, url, subject, signal, times);
      lost = undefined;
      tracker.observe(update);
      // Still running after an answer: the wait was refused or cut short, so this has become polling.
      if (update.state === 'running') await rest(poll, signal);
    } catch (error) {
      if (signal.aborted) return;
      lost ??= performance.now();
      const away = performance.now() - lost;
      if (!mayReturn(error) || away > patience) {
        tracker.observe({ state: 'expired', error: error as Error }); // how it ends is not known
        return;
      }
      await rest(away < 1000 ? 100 : 500, signal);
    }
  }
}

/** One `/wait`, and where its answer leaves a doubt, one GET. */
async function ask(
  session: Session,
  url: string,
  subject: Subject,
  signal: AbortSignal,
  times: typeof usual,
): Promise<Update<OperationData>> {
  const useless = new AbortController();
  const waiting = AbortSignal.any([signal, useless.signal]);
  let known: Update<OperationData> | undefined;
  const stop = lookBeside(session, url, subject, signal, times, (update) => {
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
    return await look(session, url, subject, signal, waited);
  } finally {
    stop();
  }
}

/**
 * A `/wait` has no time limit, so where its connection dies in silence (a NAT forgets one that idles) the end has to be
 * learnt by other means: now and then the operation is looked at. Calls `over` with an end.
 */
function lookBeside(
  session: Session,
  url: string,
  subject: Subject,
  signal: AbortSignal,
  { beat, answer }: typeof usual,
  over: (update: Update<OperationData>) => void,
): () => void {
  const look = async () => {
    try {
      const update = await read(session, url, subject, signal, answer);
      if (update.state !== 'running') over(update);
    } catch (error) {
      if (isGone(error)) over(expired(subject, error));
      else if (error instanceof TimeoutError) suspectLink(session.connection); // then the `/wait` is asked again
    }
  };
  const timer = setInterval(() => void look(), beat).unref();
  return () => {
    clearInterval(timer);
  };
}

/** LXD main and Incus report a failure in `/wait` as an error without the operation: it is still there for 5 s. */
async function look(
  session: Session,
  url: string,
  subject: Subject,
  signal: AbortSignal,
  waited: ResponseError,
): Promise<Update<OperationData>> {
  try {
    return await read(session, url, subject, signal);
  } catch (error) {
    if (mayReturn(error)) throw error;
    // Whose secret is all that admits them may wait, and not look.
    const trusted = !/[?&]secret=/.test(url) || !isRefused(error);
    if (trusted && !isGone(error) && !isGone(waited)) throw waited; // neither is permitted, or the server is broken
    if (!trusted && !isGone(waited) && !tellsOfTheEnd(waited)) throw waited;
    return tellsOfTheEnd(waited) ? failureFrom(waited, subject) : expired(subject, waited);
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

/** Errors of a server that restarts, or of the way to it, on which a proxy may say so. */
export function mayReturn(error: unknown): boolean {
  if (error instanceof ResponseError) return error.status === 502 || error.status === 503;
  return error instanceof ConnectionError || error instanceof TimeoutError;
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function waitUrl(url: string): string {
  const [path = '', query] = url.split('?', 2);
  return `${path}/wait${query ? `?${query}` : ''}`;
}
