import { NotFoundError } from '../errors/index.js';

/** Whether the thing itself is not there: a project that is not there says nothing of the things in it. */
export function isMissing(error: unknown, kind: string): error is NotFoundError {
  if (!(error instanceof NotFoundError)) return false;
  return kind === 'project' || !/\bproject not found\b/i.test(error.message);
}
