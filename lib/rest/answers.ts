import { inspect } from 'node:util';
import { ProtocolError } from '../errors/index.js';
import { askedOf, type Asked } from './asked.js';

/** What was answered, as far as it is looked at here: an `Answer`, or any envelope. */
interface Answered {
  metadata: unknown;
}

/**
 * The metadata of an answer as the object that the endpoint promises; `asked` is the request.
 * @throws ProtocolError, naming the request and what came, for null, a list, a text and a number
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- callers name the endpoint's type, which no argument can tell
export function asObject<T extends object = Record<string, unknown>>(
  { metadata }: Answered,
  asked: Asked,
): T {
  if (!isObject(metadata)) throw unexpected(asked, 'an object', metadata);
  return metadata as T;
}

/** The same for a list. Null is an empty one: so Go writes a list that nothing was put into. @throws ProtocolError */
export function asList({ metadata }: Answered, asked: Asked): unknown[] {
  if (metadata === null || metadata === undefined) return [];
  if (!Array.isArray(metadata)) throw unexpected(asked, 'a list', metadata);
  return metadata;
}

/** The same for a list of nothing but objects. @throws ProtocolError */
export function asObjects<T extends object = Record<string, unknown>>(answer: Answered, asked: Asked): T[] {
  return itemsOf(answer, asked, isObject, 'a list of objects') as T[];
}

/** The same for a list of nothing but texts, as a list of URLs or names. @throws ProtocolError */
export function asTexts(answer: Answered, asked: Asked): string[] {
  return itemsOf(answer, asked, isText, 'a list of texts') as string[];
}

/** The same for a text. @throws ProtocolError */
export function asText({ metadata }: Answered, asked: Asked): string {
  if (!isText(metadata)) throw unexpected(asked, 'a text', metadata);
  return metadata;
}

/** An error for a part of an answer that is not what the endpoint promises: `what` names it, `got` is what came. */
export function unexpected(asked: Asked, what: string, got: unknown): ProtocolError {
  const { method, path } = askedOf(asked);
  return new ProtocolError(
    `${method} ${path}: the answer has ${shown(got)} where ${what} should be; is this another server?`,
    { method, path },
  );
}

function itemsOf(answer: Answered, asked: Asked, fits: (item: unknown) => boolean, what: string): unknown[] {
  const list = asList(answer, asked);
  const odd = list.findIndex((item) => !fits(item));
  if (odd >= 0) throw unexpected(asked, `${what} (at ${String(odd)})`, list[odd]);
  return list;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

/** What came, in a few words: an answer may hold secrets. */
function shown(value: unknown): string {
  if (typeof value === 'string') return 'a text';
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : inspect(value);
}
