import { hidden, InvalidInputError } from '../errors/index.js';
import type { Change } from './diff.js';
import type { Field } from './fields.js';
import { isMap, type Json, type JsonMap } from './json.js';

/** What the server said of a thing, as it may be printed. Only declared secrets are hidden: all else can be written back. */
export function printableData(data: JsonMap, fields: readonly Field[]): JsonMap {
  const secrets = fields.filter(({ secret, wire }) => secret && Object.hasOwn(data, wire));
  if (secrets.length === 0) return data;
  return {
    ...data,
    ...Object.fromEntries(secrets.map((field) => [field.wire, shown(field, data[field.wire]) as Json])),
  };
}

/** A change of it as it may be printed. */
export function printableChange(change: Change, fields: readonly Field[]): Change {
  const [wire, key] = change.path;
  const field = fields.find((one) => one.wire === wire && one.secret);
  if (!field) return change;
  const print = (value: unknown) => (key === undefined ? shown(field, value) : shownAt(field, key, value));
  return { ...change, from: print(change.from), to: print(change.to) };
}

/** Refuses what is printed in place of a secret, where it would be stored as the secret. @throws InvalidInputError */
export function assertNotHidden(
  field: Field,
  value: unknown,
  at: (key?: string) => string,
  base: unknown,
): void {
  const refuse = (place: string) => {
    throw new InvalidInputError(
      `${place} is '${hidden}', which toJSON() shows in place of a secret: give the secret itself`,
    );
  };
  if (value === hidden && base !== hidden) refuse(at());
  if (!isMap(value)) return;
  for (const [key, item] of Object.entries(value))
    if (item === hidden && isSecretKey(field, key) && !(isMap(base) && base[key] === hidden)) refuse(at(key));
}

function shown(field: Field, value: unknown): unknown {
  if (!isMap(value)) return field.form === 'map' ? value : masked(value);
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shownAt(field, key, item)]));
}

function shownAt(field: Field, key: string, value: unknown): unknown {
  return isSecretKey(field, key) ? masked(value) : value;
}

function isSecretKey({ secret }: Field, key: string): boolean {
  return secret instanceof RegExp && secret.test(key);
}

/** What is empty or absent is no secret, nor is the `true` that servers say of one that is set. */
function masked(value: unknown): unknown {
  return typeof value === 'string' && value !== '' ? hidden : value;
}
