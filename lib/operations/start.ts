import { askedOf } from '../rest/asked.js';
import type { ApiRequest, Session } from '../rest/session.js';
import { unexpected } from '../rest/answers.js';
import type { Answer } from '../rest/envelope.js';
import { isOperationData, type OperationData } from './data.js';
import {
  assertWaiting,
  Operation,
  type Ended,
  type OperationSource,
  type StartOptions,
} from './operation.js';
import { isOperationUrl } from './url.js';

/** What an operation's end gives, made of its last description. */
export type Finish<T> = (data: OperationData) => T | Promise<T>;

/** What is made of a bad end: a better error, or what shows that all is well. `data` is the last description, if any. */
export type Failed<T> = (error: Error, data: OperationData | undefined) => T | Promise<T>;

/**
 * Sends a request that starts an operation and follows it from its answer on. Servers differ in which endpoints are
 * asynchronous, so a synchronous answer becomes an operation that has ended well.
 */
export async function start<T>(
  session: Session,
  request: ApiRequest,
  finish: Finish<T>,
  { waited = false, failed }: { waited?: boolean; failed?: Failed<T> | undefined } = {},
): Promise<Operation<T>> {
  const begun = performance.now();
  const answer = await session.send(request);
  if (answer.type === 'sync') return succeeded(session, request, finish, answer);
  return new Operation(session, startedBy(request, answer, begun), finish, failed).attach({ waited });
}

/**
 * Where the operation is that a request has started, and how it became known; `begun` is when that was sent.
 * @throws ProtocolError for a URL that is none of an operation
 */
export function startedBy(request: ApiRequest, answer: Answer, begun: number): OperationSource {
  const asked = askedOf(request);
  const url = answer.operation ?? '';
  if (!isOperationUrl(url)) throw unexpected(asked, 'the URL of an operation', url);
  return { url, data: isOperationData(answer.metadata) ? answer.metadata : undefined, asked, begun };
}

/** An operation that has ended well, of what needed none. */
export function succeeded<T>(
  session: Session,
  request: ApiRequest,
  finish: Finish<T>,
  answer: Partial<Pick<Answer, 'metadata' | 'location'>> = {},
): Operation<T> {
  return new Operation(session, { url: '', data: ended(answer), asked: askedOf(request) }, finish);
}

/**
 * `start()`, and as `wait` or else the client says the wait for the end; what has more to do after it says `wait: true`. An operation of class `token` ends when somebody uses the
 * token: it is not waited for, and `finish` gets what it is now, with the token in it.
 */
export async function run<T, W extends boolean>(
  session: Session,
  request: ApiRequest,
  options: StartOptions<W>,
  finish: Finish<T>,
  failed?: Failed<T>,
): Promise<Ended<T, W>> {
  const { wait = session.autoWait, signal, timeout, onProgress, cancelOnAbort } = options;
  const waiting = { signal, timeout, onProgress, cancelOnAbort };
  assertWaiting(waiting);
  // The caller's timeout is for the whole wait; the request that starts it has the client's.
  const sent = { signal, ...request };
  const operation = await start(session, sent, finish, { waited: wait, failed });
  if (!wait) return operation as Ended<T, W>;
  if (operation.isToken && operation.data) return (await finish(operation.data)) as Ended<T, W>;
  return (await operation.wait(waiting)) as Ended<T, W>;
}

/** Waits for an operation that a method resolves with, so that the method's last steps are done even if nobody else waits. */
export function seeThrough<T, W extends boolean>(result: Ended<T, W>): Ended<T, W> {
  if (result instanceof Operation) void result.wait().catch(() => undefined); // said to who waits
  return result;
}

/** Under which word the resources of what needed no operation name what was made. */
export const createdHere = 'created';

function ended({ metadata, location }: Partial<Pick<Answer, 'metadata' | 'location'>>): OperationData {
  return {
    id: '',
    class: 'task',
    description: '',
    status: 'Success',
    status_code: 200,
    created_at: '',
    updated_at: '',
    resources: location === undefined ? {} : { [createdHere]: [location] },
    metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {},
    may_cancel: false,
    err: '',
    location: 'none',
  };
}
