import { OutcomeUnknownError, type LxdError } from '../errors/index.js';

const advice = 'nobody knows whether it was done: look before you ask again';

/** Whether a request would change something. */
export function isWrite({ method }: { method: string }): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/**
 * Whether the socket was gone before all of the request was written, as one is that was idle: no server acts on a part. Of a
 * body that comes piece by piece nobody knows which pieces it had.
 */
export function isCutOff(request: { body?: unknown }, cause: unknown): boolean {
  const { code = '', syscall } = (cause ?? {}) as Partial<NodeJS.ErrnoException>;
  return syscall === 'write' && (code === 'ECONNRESET' || code === 'EPIPE') && !isOnce(request);
}

/** Whether its body is gone once it was read. */
export function isOnce({ body }: { body?: unknown }): boolean {
  return typeof body === 'object' && body !== null && Symbol.asyncIterator in body;
}

/** What the loss of a write means that may have reached the server. */
export function outcomeUnknown(error: LxdError): OutcomeUnknownError {
  const { method, path, cause = error } = error;
  return new OutcomeUnknownError(`${error.message}; ${advice}`, { cause, method, path });
}
