import {
  NotFoundError,
  OperationCancelledError,
  OperationExpiredError,
  operationFailure,
  ResponseError,
  veilOperation,
} from '../errors/index.js';
import type { Asked } from '../rest/asked.js';
import { isFinal, type OperationData } from './data.js';
import type { Update } from './tracker.js';

/** What the error of an operation names: the operation, and the request that started it. */
export interface Subject extends Partial<Asked> {
  id: string;
  description?: string | undefined;
}

/** The truth in an operation's description, whichever way it came: GET, `/wait`, event. */
export function updateFrom(data: OperationData, subject: Subject): Update<OperationData> {
  veilOperation(data);
  if (!isFinal(data)) return { state: 'running', data };
  if (data.status_code === 200) return { state: 'succeeded', data };
  const metadata = data.metadata ?? {};
  const details = { ...asked(subject), operation: data.id, status: data.status_code, metadata };
  if (data.status_code === 401 || isCancellation(data.err)) {
    const message = `${title(subject)} was cancelled${data.err ? `: ${data.err}` : ''}`;
    return { state: 'cancelled', data, error: new OperationCancelledError(message, details) };
  }
  const message = `${title(subject)} failed: ${data.err || data.status}`;
  return { state: 'failed', data, error: operationFailure(message, details) };
}

/** LXD may end a cancelled operation with 400 and Go's words for it. */
function isCancellation(text: string): boolean {
  return /^context cancell?ed$/i.test(text);
}

/** The failure that a `/wait` reported as an error, when the operation itself can no longer be read. */
export function failureFrom(error: ResponseError, subject: Subject): Update<OperationData> {
  const reason = error.message.replace(/^\S+ \S+: /, '').replace(/ \(\d+\)$/, '');
  const details = { ...asked(subject), operation: subject.id, status: error.status ?? 400, cause: error };
  if (isCancellation(reason)) {
    const message = `${title(subject)} was cancelled: ${reason}`;
    return { state: 'cancelled', error: new OperationCancelledError(message, details) };
  }
  return { state: 'failed', error: operationFailure(`${title(subject)} failed: ${reason}`, details) };
}

/** The operation is not there any more, and nothing said how it ended. */
export function expired(subject: Subject, cause?: unknown): Update<OperationData> {
  const message =
    `${title(subject)} is gone from the server (operations are kept for 5 s after their end, and not over a restart): ` +
    'it may have succeeded or failed; look at what it was to do';
  const error = new OperationExpiredError(message, { ...asked(subject), operation: subject.id, cause });
  return { state: 'expired', error };
}

/** Whether an error of `/wait` says only that the server's own waiting time was over (both products word it so). */
export function isServerTimeout(error: unknown): boolean {
  return error instanceof ResponseError && /context deadline exceeded/i.test(error.message);
}

export function isGone(error: unknown): boolean {
  return error instanceof NotFoundError;
}

/** `Operation 1a2b… (Starting instance)`, or the request that started it: what messages begin with. */
export function title(subject: Subject): string {
  const what = subject.description ? ` (${subject.description})` : '';
  const started = subject.method ? `${subject.method} ${subject.path ?? ''}: ` : '';
  return `${started}operation ${subject.id}${what}`;
}

function asked({ method, path }: Subject): Partial<Asked> {
  return { ...(method ? { method } : {}), ...(path ? { path } : {}) };
}
