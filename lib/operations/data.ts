import type { Schemas } from '../rest/endpoints/index.js';

/** An operation as the server describes it. */
export type OperationData = Schemas.Operation;

/** The first of the final status codes: 200 success, 400 failure, 401 cancelled. */
const firstFinal = 200;

/** Whether the server's description is that of an ended operation. */
export function isFinal(data: Pick<OperationData, 'status_code'>): boolean {
  return data.status_code >= firstFinal;
}

const texts: readonly (keyof OperationData)[] = [
  'class',
  'description',
  'created_at',
  'updated_at',
  'status',
  'err',
  'location',
];
const maps: readonly (keyof OperationData)[] = ['metadata', 'resources'];

/** Whether a value is an operation's description and not some other answer; what of it is there must be of its type. */
export function isOperationData(value: unknown): value is OperationData {
  if (typeof value !== 'object' || value === null) return false;
  const given = value as Partial<Record<keyof OperationData, unknown>>;
  return (
    typeof given.id === 'string' &&
    typeof given.status_code === 'number' &&
    texts.every((name) => given[name] === undefined || typeof given[name] === 'string') &&
    maps.every((name) => given[name] === undefined || isObject(given[name]))
  );
}

/** Null is what Go writes for an empty one. */
function isObject(value: unknown): boolean {
  return typeof value === 'object' && !Array.isArray(value);
}
