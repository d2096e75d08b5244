import { askedOf } from '../rest/asked.js';
import type { ApiRequest, Session } from '../rest/session.js';
import { isOperationData, type OperationData } from './data.js';
import { Operation, type Ended, type StartOptions } from './operation.js';

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
  const asked = askedOf(request);
  if (answer.type === 'sync') return succeeded(session, request, finish, answer.metadata);
  const data = isOperationData(answer.metadata) ? answer.metadata : undefined;
  const source = { url: answer.operation ?? '', data, asked, begun };
  return new Operation(session, source, finish, failed).attach({ waited });
}

/** An operation that has ended well, of what needed none. */
export function succeeded<T>(
  session: Session,
  request: ApiRequest,
  finish: Finish<T>,
  metadata?: unknown,
): Operation<T> {
  return new Operation(session, { url: '', data: ended(metadata), asked: askedOf(request) }, finish);
}

/** `start()`, and unless told otherwise the wait for the end. */
export async function run<T, W extends boolean = true>(
  session: Session,
  request: ApiRequest,
  options: StartOptions<W>,
  finish: Finish<T>,
  failed?: Failed<T>,
): Promise<Ended<T, W>> {
  const { wait = true, ...waiting } = options;
  // The caller's timeout is for the whole wait; the request that starts it has the client's.
  const sent = { signal: waiting.signal, ...request };
  const operation = await start(session, sent, finish, { waited: wait, failed });
  return (wait ? await operation.wait(waiting) : operation) as Ended<T, W>;
}

/** Has what a method does after its operation's end done, even where nobody waits for the operation that it resolves with. */
export function seeThrough<T, W extends boolean>(result: Ended<T, W>): Ended<T, W> {
  if (result instanceof Operation) void result.wait().catch(() => undefined); // said to who waits
  return result;
}

function ended(metadata: unknown): OperationData {
  return {
    id: '',
    class: 'task',
    description: '',
    status: 'Success',
    status_code: 200,
    created_at: '',
    updated_at: '',
    resources: {},
    metadata: typeof metadata === 'object' && metadata !== null ? (metadata as Record<string, unknown>) : {},
    may_cancel: false,
    err: '',
    location: 'none',
  };
}
