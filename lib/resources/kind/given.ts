import { InvalidInputError } from '../../errors/index.js';
import { assertField, describe, fieldsOf } from '../../orm/index.js';

/** Refuses what the server would misread of properties of a model that are given. */
export function assertFields(given: object, fields: { prototype: object }, where: string): void {
  for (const field of fieldsOf(fields.prototype)) {
    const value: unknown = (given as Record<string, unknown>)[field.property];
    if (field.writable && value !== undefined) assertField(field, value, where);
  }
}

/** Refuses what is no name, where one is given. */
export function assertName(value: unknown, where: string): void {
  if (value === undefined || (typeof value === 'string' && value !== '')) return;
  throw new InvalidInputError(`${where} must be a name, not ${describe(value)}`);
}
