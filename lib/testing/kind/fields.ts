import type { FieldKind, Shape } from '../http/decode.js';
import {
  deviceMap,
  dict,
  sorted,
  sortedDevices,
  withoutBlanks,
  withoutEmpty,
  type DeviceMap,
  type StringMap,
} from '../state/maps.js';
import { Dropped } from '../state/refusal.js';
import { never } from '../state/time.js';
import { tidied, type Item } from './items.js';
import type { Kind, Thing, WrittenField } from './kind.js';
import type { Place } from './place.js';

type Body = Readonly<Record<string, unknown>>;

/** The fields that a write can say, by their names. */
function written({ fields }: Kind): [name: string, field: WrittenField][] {
  return Object.entries(fields).flatMap(([name, field]) =>
    typeof field === 'object' ? [[name, field]] : [],
  );
}

/** What bodies call the name. */
export function nameIn({ fields }: Kind): string {
  return Object.keys(fields).find((key) => fields[key] === 'name') ?? 'name';
}

/** What the body of a creation, a write or a rename can be. */
export function shapeOf(kind: Kind, body: 'create' | 'write' | 'rename'): Shape {
  const isNamed = body !== 'write';
  const fields = body === 'rename' ? [] : written(kind);
  const kept = fields.filter(([, { patch }]) => body === 'create' || patch !== 'given');
  const types = Object.fromEntries(
    kept.map(([name, field]) => [name, body === 'write' && field.null ? 'time or none' : field.type]),
  );
  return {
    type: kind.bodies[body] ?? '',
    fields: { ...(isNamed && { [nameIn(kind)]: 'string' }), ...types },
  };
}

/** What a field is that nobody has said. */
function blank(type: FieldKind): unknown {
  switch (type) {
    case 'map':
      return dict();
    case 'devices':
      return deviceMap();
    case 'bool':
      return false;
    case 'time':
      return never;
    case 'string':
      return '';
    case 'int':
    case 'uint32':
    case 'uint64':
      return 0;
    default:
      return typeof type === 'object' && !('list' in type) ? undefined : [];
  }
}

/** A new thing as its maker wants it. */
export function made(kind: Kind, name: string, body: Body): Thing {
  return {
    name,
    ...Object.fromEntries(
      written(kind).map(([key, field]) => [key, kept(field, body[key] ?? blank(field.type))]),
    ),
  };
}

/** A thing as it is to be after a PUT or a PATCH. @throws Dropped where that makes the real server panic */
export function changed(kind: Kind, before: Thing, body: Body, isPatch: boolean): Thing {
  const next = { ...before };
  for (const [key, field] of written(kind)) {
    const { type, patch } = field;
    if (patch === 'given') continue;
    const given = body[key];
    if (!isPatch || patch === 'blanks') next[key] = kept(field, given ?? blank(type));
    else if (patch === 'keeps') next[key] = kept(field, given ?? before[key]);
    else {
      if (given === undefined && patch === 'needs') throw new Dropped();
      next[key] = kept(field, dict(before[key] as StringMap, given as StringMap | undefined));
    }
  }
  return next;
}

function kept({ items }: WrittenField, value: unknown): unknown {
  return items ? (value as Item[]).map((item) => tidied(items, item)) : value;
}

/** A thing as it is stored, once it was checked: no map has an empty text. */
export function stored(kind: Kind, thing: Thing): Thing {
  const of = (wanted: FieldKind) => written(kind).filter(([, { type }]) => type === wanted);
  return {
    ...thing,
    ...Object.fromEntries(of('map').map(([key]) => [key, withoutEmpty(thing[key] as StringMap)])),
    ...Object.fromEntries(of('devices').map(([key]) => [key, withoutBlanks(thing[key] as DeviceMap)])),
  };
}

/** A thing as the server prints it. */
export function printed(place: Place, thing: Thing): Thing {
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(place.kind.fields)) {
    const value = valueOf(place, thing, name, field);
    const isOmitted =
      typeof field === 'object' && field.omitEmpty && Object.keys(value as object).length === 0;
    if (value !== undefined && !isOmitted) json[name] = value;
  }
  return json as Thing;
}

function valueOf(place: Place, thing: Thing, name: string, field: Kind['fields'][string]): unknown {
  if (field === 'name') return thing.name;
  if (field === 'users') return place.kind.users ? place.kind.users(thing, place) : [];
  if (typeof field === 'function') return field(thing, place);
  const value = thing[name];
  if (field.shown) return field.shown(value, place);
  if (field.type === 'map') return sorted(value as StringMap);
  return field.type === 'devices' ? sortedDevices(value as DeviceMap) : value;
}

/** What the ETag of a thing is made of. */
export function guarded(place: Place, thing: Thing): unknown[] {
  const { etag, fields } = place.kind;
  return etag.map((name) => {
    const field = fields[name];
    return field && valueOf(place, thing, name, field);
  });
}
