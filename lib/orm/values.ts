import 'reflect-metadata';
import { Expose, plainToInstance, Type } from 'class-transformer';
import { emptyMap, isMap, own, type Json } from './json.js';
import { snake } from './snake.js';
import { readTime } from './time.js';

/** A class of typed value objects: what `state()` gives, an alias, an address. */
export type ValueClass<T = object> = new () => T;

export interface PartOptions {
  /** The server's name; by default that of the property in its spelling: `netMask` is `net_mask`. */
  wire?: string;
  /** The class of a nested object, of a list's items, or of a map's values. */
  type?: () => ValueClass;
  /** `map`: the keys are data (interface names), so class-transformer must not see them. `time`: a date or none. */
  as?: 'map' | 'time';
}

const byHandKey = Symbol('tslxd.parts');

/** Declares a property of a value object. */
export function part(options: PartOptions = {}): PropertyDecorator {
  return (target, property) => {
    const name = options.wire ?? snake(String(property));
    if (options.as) {
      const parts = (Reflect.getMetadata(byHandKey, target) ?? []) as [string, PartOptions][];
      Reflect.defineMetadata(byHandKey, [...parts, [String(property), { ...options, wire: name }]], target);
      return;
    }
    Expose({ name })(target, property);
    if (options.type) Type(options.type)(target, property);
  };
}

/** Turns JSON into a value object. Maps bypass class-transformer: it crashes on a key `constructor` and drops `toString`. */
export function toValue<T extends object>(Class: ValueClass<T>, json: Json): T {
  const source = isMap(json) ? json : emptyMap();
  const value = plainToInstance(Class, source, { excludeExtraneousValues: true, exposeUnsetFields: false });
  const parts = (Reflect.getMetadata(byHandKey, Class.prototype as object) ?? []) as [string, PartOptions][];
  for (const [property, options] of parts) {
    const raw = own(source, options.wire ?? snake(property));
    const made = options.as === 'time' ? readTime(raw) : mapValues(raw, options.type?.());
    Object.defineProperty(value, property, {
      value: made,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return value;
}

function mapValues(raw: Json, Class: ValueClass | undefined): Record<string, unknown> {
  const result = emptyMap() as Record<string, unknown>;
  if (isMap(raw))
    for (const key of Object.keys(raw)) result[key] = Class ? toValue(Class, raw[key]) : raw[key];
  return result;
}
