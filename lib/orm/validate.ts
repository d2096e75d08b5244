import { inspect } from 'node:util';
import { InvalidInputError } from '../errors/index.js';
import type { Field } from './fields.js';
import { propertyOf, type ItemSpec, type ItemType } from './items.js';
import { isMap, own, same, type Json, type JsonMap } from './json.js';
import { assertNotHidden } from './secrets.js';
import { withArticle } from './words.js';

/** What a value is, for messages. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return 'an array';
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? 'an invalid Date' : 'a Date';
  if (typeof value === 'object')
    return isRecord(value) ? 'an object' : `a ${Object.prototype.toString.call(value).slice(8, -1)}`;
  if (typeof value === 'string') return JSON.stringify(value);
  return `${typeof value} ${inspect(value)}`;
}

/**
 * Refuses a value that the server would refuse, misread or store as something else. `where` begins the message; what
 * stands in `base` came from the server (whose config has booleans for secrets) and passes.
 */
export function assertField(field: Field, value: unknown, where: string, base?: Json): void {
  const at = `${where}.${field.property}`;
  assertNoNul(value as Json, at, base);
  if (field.secret)
    assertNotHidden(field, value, (key) => (key === undefined ? at : `${at}${path(key)}`), base);
  if (field.form === 'map') assertStrings(value, at, base);
  else if (field.form === 'maps') {
    if (!isRecord(value)) throw wrong(at, 'an object of objects', value);
    for (const key of Object.keys(value))
      if (value[key] !== undefined) assertStrings(value[key], `${at}${path(key)}`);
  } else if (field.form === 'list') assertList(value, at);
  else if (field.form === 'set') assertSet(value, at, base);
  else if (field.items) assertItems(field.items, value, at, base);
  else if (field.form === 'time') assertTime(value, at);
  else if (field.scalar && typeof value !== field.scalar) throw wrong(at, `a ${field.scalar}`, value);
}

/**
 * Refuses texts with a NUL character, at which every server cuts them in silence; what came from the server passes.
 * @throws InvalidInputError
 */
export function assertNoNul(value: Json, at: string, base?: Json): void {
  const place = nulIn(value, base);
  if (place !== undefined)
    throw new InvalidInputError(`${at}${place} has a NUL character, which no server keeps`);
}

/** Where within a value a NUL is: run over every key of each save, so it builds nothing where there is none. */
function nulIn(value: Json, base: Json): string | undefined {
  if (typeof value === 'string') return value !== base && value.includes('\0') ? '' : undefined;
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++) {
      const item = value[index];
      if (typeof item === 'string' && Array.isArray(base) && base.includes(item)) continue;
      const place = nulIn(item, undefined);
      if (place !== undefined) return `[${String(index)}]${place}`;
    }
  } else if (isRecord(value)) {
    for (const key of Object.keys(value)) {
      const was = isMap(base) ? own(base, key) : undefined;
      const place = was === undefined && key.includes('\0') ? '' : nulIn(value[key], was);
      if (place !== undefined) return `${path(key)}${place}`;
    }
  }
  return undefined;
}

/** Whether its keys are data: a `Map` or a promise has none, and would empty what it is assigned to. */
function isRecord(value: unknown): value is JsonMap {
  return isMap(value) && !(Symbol.iterator in value) && !(value instanceof Promise);
}

function assertStrings(value: unknown, at: string, base?: Json): void {
  if (!isRecord(value)) throw wrong(at, 'an object of strings', value);
  for (const key of Object.keys(value)) {
    const item = value[key];
    if (item === undefined || typeof item === 'string') continue; // undefined takes the key away, as in JSON
    if (isMap(base) && item === own(base, key)) continue;
    const remedy = item === null ? 'to remove the key, delete it' : `write ${JSON.stringify(inspect(item))}`;
    throw wrong(
      `${at}${path(key)}`,
      'a string',
      item,
      typeof item === 'object' && item !== null ? undefined : remedy,
    );
  }
}

function assertList(value: unknown, at: string): asserts value is string[] {
  if (!Array.isArray(value)) throw wrong(at, 'an array of strings', value);
  for (const [index, item] of value.entries()) {
    if (typeof item !== 'string') throw wrong(`${at}[${String(index)}]`, 'a string', item);
  }
}

/** What came from the server passes. */
function assertSet(value: unknown, at: string, base?: Json): void {
  assertList(value, at);
  const twice = value.findIndex((item, index) => value.indexOf(item) < index);
  if (twice < 0 || same(value, base)) return;
  throw new InvalidInputError(`${at}[${String(twice)}] is a duplicate: ${JSON.stringify(value[twice])}`);
}

function assertItems({ fields }: ItemSpec, value: unknown, at: string, base?: Json): void {
  if (!Array.isArray(value)) throw wrong(at, 'an array of objects', value);
  for (const [index, item] of value.entries()) {
    const place = `${at}[${String(index)}]`;
    if (!isRecord(item)) throw wrong(place, 'an object', item);
    for (const [property, type] of Object.entries<ItemType>(fields))
      assertItemValue(type, own(item, property), `${place}${path(property)}`);
    for (const property of Object.keys(item)) {
      if (Object.hasOwn(fields, property) || item[property] === undefined) continue;
      assertSentBefore(fields, property, `${place}${path(property)}`, base);
    }
  }
}

/**
 * Refuses a property that is neither declared nor in what the server sent: the servers drop what they do not know, and a
 * rule without its misspelt condition is one for all.
 */
function assertSentBefore(fields: ItemSpec['fields'], property: string, at: string, base?: Json): void {
  const sent = (Array.isArray(base) ? base : []).filter(isMap).flatMap((item) => Object.keys(item));
  const known = new Set([...Object.keys(fields), ...sent.map(propertyOf)]);
  if (known.has(property)) return;
  const meant = propertyOf(property);
  if (known.has(meant))
    throw new InvalidInputError(`${at} is the server's name of a field: write ${meant} instead`);
  throw new InvalidInputError(
    `${at} is not a known field; known fields: ${[...known].join(', ')}. What only a newer server knows is sent with ` +
      'client.request()',
  );
}

function assertItemValue(type: ItemType, value: Json, at: string): void {
  if (value === undefined) return; // as if it were not there
  if (type === 'strings') assertList(value, at);
  else if (type === 'count') assertCount(value, at);
  else {
    const scalar = type === 'commas' ? 'string' : type;
    if (typeof value === scalar) return;
    const remedy = value === null ? 'to leave it out, delete it' : undefined;
    throw wrong(
      at,
      type === 'commas' ? 'a string, of values with commas between them' : `a ${scalar}`,
      value,
      remedy,
    );
  }
}

function assertCount(value: Json, at: string): void {
  if (Number.isSafeInteger(value) && Number(value) >= 0) return;
  throw wrong(
    at,
    'a whole number, 0 or more',
    value,
    value === null ? 'to leave it out, delete it' : undefined,
  );
}

function assertTime(value: unknown, at: string): void {
  if (value === null || (value instanceof Date && !Number.isNaN(value.getTime()))) return;
  if (typeof value === 'string' && !Number.isNaN(Date.parse(value))) return;
  throw wrong(at, 'a Date, or null for none', value);
}

function wrong(at: string, wanted: string, value: unknown, remedy?: string): InvalidInputError {
  const advice = remedy ? `; ${remedy}` : '';
  return new InvalidInputError(`${at} must be ${wanted}, not ${describe(value)}${advice}`);
}

function path(key: string): string {
  return /^[A-Za-z_$][\w$]*$/.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}

/** Refuses a key that no thing can have, before it becomes part of a path. */
export function assertKey(key: unknown, kind: string): asserts key is string {
  if (typeof key !== 'string')
    throw new InvalidInputError(`The ${kind}'s key must be a string, not ${describe(key)}`);
  if (key === '') throw new InvalidInputError(`The ${kind}'s key is empty; pass the name of one`);
  assertNoNul(key, `The ${kind}'s key`);
}

/** Refuses a name that the server would refuse for a new thing. */
export function assertNewName(name: unknown, kind: string): asserts name is string {
  if (typeof name !== 'string')
    throw new InvalidInputError(`The ${kind}'s name must be a string, not ${describe(name)}`);
  if (name === '') throw new InvalidInputError(`The ${kind}'s name is empty`);
  assertNoNul(name, `The ${kind}'s name`);
  // Both servers take a snapshot named `..`, and delete the folder of all snapshots with it.
  if (name === '.' || name === '..')
    throw new InvalidInputError(`${withArticle(kind, 'A')} cannot be named ${JSON.stringify(name)}`);
  if (name.includes('/')) {
    throw new InvalidInputError(
      `The ${kind}'s name ${JSON.stringify(name)} has a slash, which no ${kind} may have`,
    );
  }
}
