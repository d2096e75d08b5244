import { setTimeout as delay } from 'node:timers/promises';
import { ConnectionError, ProtocolError, ResponseError, UnavailableError } from '../errors/index.js';
import type { Session } from '../rest/session.js';
import { isOperationData, type OperationData } from './data.js';
import { expired, failureFrom, isGone, isServerTimeout, updateFrom, type Subject } from './outcome.js';
import type { Tracker, Update } from './tracker.js';

/** How long a server may be away in the middle of a wait (a restart) before the wait gives up, in ms. */
const patience = 30_000;

/** Between two looks at an operation whose `/wait` does not wait, in ms. */
const pollPause = 500;

/** Follows an operation to its end over `/wait`, and tells the tracker; never rejects but for an abort. */
export async function follow(
  session: Session,
  url: string,
  subject: Subject,
  tracker: Tracker<OperationData>,
  signal: AbortSignal,
): Promise<void> {
  let away = 0; // ms since the server was last heard of
  while (!tracker.ended && !signal.aborted) {
    try {
      const update = await ask(session, url, subject, signal);
      away = 0;
      tracker.observe(update);
      // Still running after an answer: the wait was refused or cut short, so this has become polling.
      if (update.state === 'running') await rest(pollPause, signal);
    } catch (error) {
      if (signal.aborted) return;
      const pause = away < 1000 ? 100 : 500;
      away += pause;
      if (!mayReturn(error) || away > patience) {
        tracker.observe({ state: 'expired', error: error as Error }); // how it ends is not known
        return;
      }
      await rest(pause, signal);
    }
  }
}

/** One `/wait`, and where its answer leaves a doubt, one GET. */
async function ask(
  session: Session,
  url: string,
  subject: Subject,
  signal: AbortSignal,
): Promise<Update<OperationData>> {
  try {
    const { metadata } = await session.send({ method: 'GET', path: waitUrl(url), signal, timeout: 0 });
    if (isOperationData(metadata)) return updateFrom(metadata, subject);
    throw new ProtocolError(`GET ${url}: the answer is not an operation`);
  } catch (waited) {
    if (!(waited instanceof ResponseError) || mayReturn(waited)) throw waited;
    return await look(session, url, subject, signal, waited);
  }
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
    const { metadata } = await session.send({ method: 'GET', path: url, signal });
    if (isOperationData(metadata)) return updateFrom(metadata, subject);
  } catch (error) {
    if (mayReturn(error)) throw error;
    if (isGone(waited)) return expired(subject, waited);
    if (!isGone(error)) throw waited; // neither wait nor read is permitted, or the server is broken
  }
  return isServerTimeout(waited) ? expired(subject, waited) : failureFrom(waited, subject);
}

/** Errors of a server that restarts, or of the way to it. */
function mayReturn(error: unknown): boolean {
  return error instanceof ConnectionError || error instanceof UnavailableError;
}

async function rest(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal }).catch(() => undefined);
}

function waitUrl(url: string): string {
  const [path = '', query] = url.split('?', 2);
  return `${path}/wait${query ? `?${query}` : ''}`;
}
