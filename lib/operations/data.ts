import type { Schemas } from '../rest/endpoints/index.js';

/** An operation as the server describes it. */
export type OperationData = Schemas.Operation;

/** The first of the final status codes (semantics.md §3.1: 200 success, 400 failure, 401 cancelled). */
const firstFinal = 200;

/** Whether the server's description is that of an ended operation. */
export function isFinal(data: Pick<OperationData, 'status_code'>): boolean {
  return data.status_code >= firstFinal;
}

/** Whether a value is an operation's description and not some other answer. */
export function isOperationData(value: unknown): value is OperationData {
  return (
    typeof value === 'object' &&
    value !== null &&
    typeof (value as Partial<OperationData>).id === 'string' &&
    typeof (value as Partial<OperationData>).status_code === 'number'
  );
}
