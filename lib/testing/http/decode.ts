import type { Product } from '../products/product.js';
import { deviceMap, dict } from '../state/maps.js';
import { never } from '../state/time.js';
import { Refusal } from '../state/refusal.js';

/** What is said of a time that is none, as the JSON string and its content. */
const quirks = {
  lxd: {
    time: (quoted: string, _content: string) =>
      `parsing time ${JSON.stringify(quoted)} as "\\"2006-01-02T15:04:05Z07:00\\"": ` +
      `cannot parse ${JSON.stringify(quoted.slice(1))} as "2006"`,
  },
  incus: {
    time: (_quoted: string, content: string) =>
      `parsing time ${JSON.stringify(content)} as "2006-01-02T15:04:05Z07:00": ` +
      `cannot parse ${JSON.stringify(content)} as "2006"`,
  },
};

/**
 * What a field of a body must be: a plain type, a map of texts, devices, objects by names, an object of its own, or a
 * list of such.
 */
export type FieldKind =
  | 'string'
  | 'bool'
  | 'int'
  | 'uint32'
  | 'uint64'
  | 'strings'
  | 'map'
  | 'devices'
  | 'objects'
  | 'time'
  | 'time or none'
  | Shape
  | { list: Shape };

/** The Go type that a body is read into, and its fields; other fields are ignored. */
export interface Shape {
  type: string;
  fields: Readonly<Record<string, FieldKind>>;
}

const goTypes = {
  string: 'string',
  bool: 'bool',
  int: 'int',
  uint32: 'uint32',
  uint64: 'uint64',
  strings: '[]string',
  map: 'map[string]string',
  devices: 'map[string]map[string]string',
  objects: 'map[string]*api.ImageMetadataTemplate',
  time: 'time.Time',
  'time or none': 'time.Time',
} as const;

function jsonType(value: unknown): string {
  if (Array.isArray(value)) return 'array';
  return typeof value === 'boolean' ? 'bool' : typeof value;
}

/** Refuses a value of another type, as Go's decoder does. */
export function mismatch(value: unknown, where: string, goType: string): never {
  throw new Refusal(400, `json: cannot unmarshal ${jsonType(value)} into Go ${where} of type ${goType}`);
}

/** The body as JSON, or what Go's parser says of it. */
export function parseJson(text: string): unknown {
  if (text.trim() === '') throw new Refusal(400, 'EOF');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Refusal(400, goSyntaxError(text, (error as Error).message));
  }
}

function goSyntaxError(text: string, message: string): string {
  const position = /position (\d+)/.exec(message)?.[1];
  const character = position ? text[Number(position)] : /^Unexpected token '(.)'/s.exec(message)?.[1];
  if (!character) return 'unexpected EOF';
  const wanted = message.startsWith('Expected property name') ? 'object key string' : 'value';
  return `invalid character '${quoted(character)}' looking for beginning of ${wanted}`;
}

/** A character as Go prints it. */
function quoted(character: string): string {
  const code = character.charCodeAt(0);
  if (character === "'") return "\\'";
  if (code >= 32 && code !== 127) return character;
  const [, short] = /^"(\\[bfnrt])"$/.exec(JSON.stringify(character)) ?? [];
  return short ?? `\\x${code.toString(16).padStart(2, '0')}`;
}

/** Reads a body into the shape: wrong types are refused as Go's decoder does, `null` counts as left out. */
export function decode<T extends object>(
  value: unknown,
  shape: Shape,
  product: Product,
  within = '',
): Partial<T> {
  const result: Record<string, unknown> = {};
  if (value === null) return result as Partial<T>;
  if (!isObject(value)) {
    throw new Refusal(
      400,
      `json: cannot unmarshal ${jsonType(value)} into Go value of type api.${shape.type}`,
    );
  }
  for (const [key, kind] of Object.entries(shape.fields)) {
    const field = Object.hasOwn(value, key) ? value[key] : undefined;
    if (field === null && kind === 'time or none') result[key] = never;
    if (field === undefined || field === null) continue;
    result[key] = decodeField(field, kind, `struct field ${shape.type}.${within}${key}`, product);
  }
  return result as Partial<T>;
}

function decodeField(value: unknown, kind: FieldKind, where: string, product: Product): unknown {
  if (typeof kind === 'object') {
    const key = `${where.slice(where.indexOf('.') + 1)}.`;
    if (!('list' in kind)) return decodeObject(value, kind, where, key, product);
    if (!Array.isArray(value)) mismatch(value, where, `[]api.${kind.list.type}`);
    return value.map((entry: unknown) => decodeObject(entry ?? {}, kind.list, where, key, product));
  }
  switch (kind) {
    case 'string':
    case 'bool':
      if (jsonType(value) !== kind) mismatch(value, where, kind);
      return value;
    case 'int':
    case 'uint32':
    case 'uint64':
      if (typeof value !== 'number') return mismatch(value, where, kind);
      if (
        Number.isInteger(value) &&
        (kind === 'int' || (value >= 0 && value < 2 ** (kind === 'uint32' ? 32 : 64)))
      )
        return value;
      throw new Refusal(400, `json: cannot unmarshal number ${value} into Go ${where} of type ${kind}`);
    case 'strings':
      if (!Array.isArray(value)) mismatch(value, where, goTypes[kind]);
      return value.map((entry: unknown) => decodeField(entry ?? '', 'string', where, product));
    case 'map':
    case 'devices':
      return decodeMap(value, kind, where);
    case 'objects':
      return decodeObjects(value, where);
    case 'time':
    case 'time or none':
      return decodeTime(value, product);
  }
}

function decodeObject(
  value: unknown,
  shape: Shape,
  where: string,
  within: string,
  product: Product,
): unknown {
  if (!isObject(value)) mismatch(value, where, `api.${shape.type}`);
  return decode(value, shape, product, within);
}

function decodeObjects(value: unknown, where: string): unknown {
  if (!isObject(value)) mismatch(value, where, goTypes.objects);
  for (const entry of Object.values(value)) {
    if (entry !== null && !isObject(entry)) mismatch(entry, where, 'api.ImageMetadataTemplate');
  }
  return dict(value);
}

function decodeMap(value: unknown, kind: 'map' | 'devices', where: string): unknown {
  if (!isObject(value)) mismatch(value, where, goTypes[kind]);
  const entries = Object.keys(value);
  if (kind === 'devices') {
    const devices = dict<Record<string, string>>();
    for (const key of entries)
      devices[key] = decodeMap(value[key] ?? {}, 'map', where) as Record<string, string>;
    return deviceMap(devices);
  }
  const map = dict<string>();
  for (const key of entries) {
    const entry = value[key] ?? '';
    if (typeof entry !== 'string') mismatch(entry, where, 'string');
    map[key] = entry;
  }
  return map;
}

function decodeTime(value: unknown, product: Product): string {
  const quoted = JSON.stringify(value);
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d/.test(value)) return value;
  throw new Refusal(400, quirks[product.name].time(quoted, quoted.slice(1, -1)));
}

/** Is it a JSON object? */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
