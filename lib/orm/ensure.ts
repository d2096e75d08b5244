import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, InUseError, InvalidInputError, NotFoundError } from '../errors/index.js';
import { fieldsOf, type Field } from './fields.js';
import { itemsToWire, sameItems } from './items.js';
import { copy, isMap, same, type Json } from './json.js';
import { sameSets } from './merge-sets.js';
import type { Model } from './model.js';
import type { WriteRules } from './plan.js';
import { describe } from './validate.js';

/** How often two scripts may get in each other's way before `ensure()` gives up. */
const attempts = 5;

/** What `ensure()` needs of a manager. */
export interface Ensuring<M extends Model, I> {
  find: () => Promise<M | undefined>;
  create: (input: I) => Promise<M>;
  save: (model: M) => Promise<M>;
  /** What servers choose themselves. */
  filledIn?: WriteRules['filledIn'];
}

/** Brings a thing to the wanted state, creating it where it is missing. */
export async function ensure<M extends Model, I extends object>(
  { find, create, save, filledIn }: Ensuring<M, I>,
  input: I,
): Promise<M> {
  for (let attempt = 1; ; attempt++) {
    const model = await find();
    try {
      if (!model) return await create(input);
      applyInput(model, input, filledIn);
      return await save(model);
    } catch (error) {
      // Somebody else deleted or created it between our look and our deed: look again. A 404 of a creation is about
      // something else, such as its image.
      const raced = model ? error instanceof NotFoundError : isAlreadyThere(error);
      if (!raced || attempt >= attempts) throw error;
      await delay(50 * 2 ** attempt);
    }
  }
}

/**
 * Puts the wanted values into a model: keys of maps that are not named stay, everything else named is replaced.
 * What only a creation takes (`source`, `start`) is left out; what can't be changed any more is refused. Where the server
 * has chosen something already, what asks it to choose (`auto`) changes nothing: else each run would change the network.
 */
export function applyInput(model: Model, input: object, filledIn?: WriteRules['filledIn']): void {
  const fields = new Map(fieldsOf(model).map((field) => [field.property, field]));
  for (const [property, value] of Object.entries(input) as [string, unknown][]) {
    const field = fields.get(property);
    if (!field || field.key || value === undefined) continue;
    if (field.writable) assign(model, field, value, filledIn?.[field.wire]);
    else assertAlready(model, field, value);
  }
}

function assign(model: Model, field: Field, value: unknown, chosen: RegExp | undefined): void {
  const target = model as unknown as Record<string, unknown>;
  const now = target[field.property];
  if (!isMap(now) || !isMap(value)) {
    if (!isSame(field, now as Json, value as Json)) target[field.property] = value;
    return;
  }
  for (const key of Object.keys(value)) {
    if (!isChosen(chosen, now[key], value[key])) now[key] = copy(value[key]);
  }
}

/** Items of a list are the same where the server would store the same of both. */
function isSame({ form, items }: Field, now: Json, value: Json): boolean {
  if (form === 'set') return sameSets(now, value);
  if (!items || !Array.isArray(value) || !value.every(isMap)) return same(now, value);
  return sameItems(itemsToWire(now), itemsToWire(value), items);
}

/** Whether the server is asked for a value of its choice where it has one. */
function isChosen(chosen: RegExp | undefined, now: Json, value: Json): boolean {
  if (typeof value !== 'string' || !chosen?.test(value)) return false;
  return typeof now === 'string' && now !== '' && now !== 'none';
}

function assertAlready(model: Model, field: Field, value: unknown): void {
  const now = (model as unknown as Record<string, unknown>)[field.property];
  if (same(now as Json, value as Json)) return;
  throw new InvalidInputError(
    `${model.toString()} exists with ${field.property} ${describe(now)}, which cannot become ${describe(value)}`,
  );
}

/** What is in use stays so: nobody else's creation. */
function isAlreadyThere(error: unknown): boolean {
  return error instanceof ConflictError && !(error instanceof InUseError);
}
