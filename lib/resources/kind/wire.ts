import { InvalidInputError } from '../../errors/index.js';
import {
  assertField,
  assertNoNul,
  copy,
  describe,
  fieldsOf,
  isMap,
  itemsToWire,
  snake,
  writeTime,
  type Field,
  type Json,
  type JsonMap,
} from '../../orm/index.js';

/** Refuses what an input has besides: servers ignore it in silence. @throws InvalidInputError */
export function assertKnown(input: object, known: Iterable<string>, title: string): void {
  const names = new Set(known);
  const odd = Object.keys(input).find((name) => !names.has(name));
  if (odd === undefined) return;
  throw new InvalidInputError(
    `A new ${title} has no '${odd}'; there are ${[...names].sort().join(', ')} (client.request() sends what newer servers take besides)`,
  );
}

/**
 * What a creation sends, from an input named like the model's properties: `expiresAt` becomes `expires_at`, a `Date` a
 * time. Maps such as `config` go as they are.
 */
export function toWire(Class: { prototype: object }, input: object, kind: string): JsonMap {
  if (!isMap(input))
    throw new InvalidInputError(`The new ${kind} must be described by an object, not ${describe(input)}`);
  const fields = new Map(fieldsOf(Class.prototype).map((field) => [field.property, field]));
  const body: JsonMap = {};
  for (const [property, value] of Object.entries(input)) {
    if (value === undefined) continue;
    const field = fields.get(property);
    assertNoNul(value, `${kind}.${property}`);
    if (field?.writable || field?.form === 'time') assertField(field, value, kind);
    body[field?.wire ?? snake(property)] = wireValue(field, value);
  }
  return body;
}

/** A null says "none", where to say nothing leaves it to the server. */
function wireValue(field: Field | undefined, value: unknown): Json {
  if (field?.form === 'time') return writeTime(value as Date | string | null, field.none);
  if (field?.items) return itemsToWire(value as Json);
  return value instanceof Date ? writeTime(value) : copy(value as Json);
}
