import { OutcomeUnknownError, type LxdError } from '../errors/index.js';

const advice = 'nobody knows whether it was done: look before you ask again';

/** Whether a request would change something. */
export function isWrite({ method }: { method: string }): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

/** What the loss of a write means that may have reached the server. */
export function outcomeUnknown(error: LxdError): OutcomeUnknownError {
  const { method, path, cause = error } = error;
  return new OutcomeUnknownError(`${error.message}; ${advice}`, { cause, method, path });
}
