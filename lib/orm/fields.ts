import 'reflect-metadata';
import { InvalidInputError } from '../errors/index.js';
import type { ItemSpec } from './items.js';
import { snake } from './snake.js';
import type { ValueClass } from './values.js';

/** How a field is read, kept and written. */
export type FieldForm =
  /** A string, number or boolean as the server sends it. */
  | 'scalar'
  /** A `Date`, or null for the servers' zero time. */
  | 'time'
  /** A list of strings. */
  | 'list'
  /** A list of distinct strings whose order means nothing: two people who add to it are both right. */
  | 'set'
  /** A map whose keys belong to the user: `config`. */
  | 'map'
  /** A map of maps: `devices`. */
  | 'maps'
  /** A writable list of objects, edited in place: the rules of an ACL. */
  | 'objects'
  /** A nested object, or a list of them, turned into typed value objects when first read; read-only. */
  | 'value';

/** What a model's class knows of one of its properties. */
export interface Field {
  property: string;
  /** The server's name; by default that of the property in its spelling. */
  wire: string;
  form: FieldForm;
  /** Whether `save()` sends it. */
  writable: boolean;
  type?: () => ValueClass;
  /** What the items of a writable list of objects hold. */
  items?: ItemSpec;
  /** What the server takes for a time that is null; Go's zero time by default. */
  none?: string;
  /** The key itself, which a model knows before it is fetched. */
  key?: boolean;
  /** What the server makes of what is written, and of what else it knows: after a write it is not known until fetched. */
  derived?: boolean;
  /** The JavaScript type of a scalar; absent ones read as `''`, `false` or `0`. */
  scalar?: 'string' | 'boolean' | 'number';
  /** `toJSON()` and `changes()` hide its value; of a map those of the keys that match. */
  secret?: true | RegExp;
}

/** What the accessors need of a model; kept small so that a model's other members stay private. */
export interface FieldHolder {
  readField(field: Field): unknown;
  writeField(field: Field, value: unknown): void;
}

const key = Symbol('tslxd.fields');

/** Declares a property of a model: an accessor on the prototype, so that a model costs nothing before it is read. */
export function field(options: Partial<Omit<Field, 'property'>> = {}): PropertyDecorator {
  return (target, name) => {
    const property = String(name);
    const info: Field = {
      property,
      wire: options.wire ?? snake(property),
      form: options.form ?? (options.type ? 'value' : options.items ? 'objects' : 'scalar'),
      writable: options.writable ?? false,
      ...(options.type ? { type: options.type } : {}),
      ...(options.items ? { items: options.items } : {}),
      ...(options.none ? { none: options.none } : {}),
      ...(options.key ? { key: true } : {}),
      ...(options.derived ? { derived: true } : {}),
      ...(options.scalar ? { scalar: options.scalar } : {}),
      ...(options.secret ? { secret: options.secret } : {}),
    };
    assertDeclared(info);
    Reflect.defineMetadata(key, [...fieldsOf(target), info], target);
    Object.defineProperty(target, name, {
      get(this: FieldHolder) {
        return this.readField(info);
      },
      set(this: FieldHolder, value: unknown) {
        this.writeField(info, value);
      },
      configurable: true,
    });
  };
}

/** The fields of a class, its parents' first. */
export function fieldsOf(target: object): readonly Field[] {
  return (Reflect.getMetadata(key, target) ?? []) as Field[];
}

/** What a save asks of the fields of a class, by the server's names. */
export interface FieldSets {
  /** Those that are lists of objects. */
  lists: ReadonlyMap<string, ItemSpec>;
  /** Those that are sets of strings. */
  sets: ReadonlySet<string>;
  readOnly: ReadonlySet<string>;
  derived: ReadonlySet<string>;
}

/** Made once for each class. */
export function fieldSetsOf(model: object): FieldSets {
  const prototype = Object.getPrototypeOf(model) as object;
  let sets = setsByPrototype.get(prototype);
  if (!sets) {
    const fields = fieldsOf(model);
    const wires = (some: Field[]) => new Set(some.map(({ wire }) => wire));
    sets = {
      lists: new Map(fields.flatMap(({ wire, items }) => (items ? [[wire, items]] : []))),
      sets: wires(fields.filter(({ form }) => form === 'set')),
      readOnly: wires(fields.filter(({ writable }) => !writable)),
      derived: wires(fields.filter(({ derived }) => derived)),
    };
    setsByPrototype.set(prototype, sets);
  }
  return sets;
}

const setsByPrototype = new WeakMap<object, FieldSets>();

/** What would be read back other than it was assigned. */
function assertDeclared({ property, form, writable, items }: Field): void {
  const wrong =
    form === 'value' && writable
      ? 'value objects are read-only; for a writable list of objects declare `items`'
      : (form === 'objects') !== (items !== undefined) || (items !== undefined && !writable)
        ? 'a writable list of objects has `items` and no other form'
        : undefined;
  if (wrong) throw new InvalidInputError(`@field() of ${property}: ${wrong}`);
}
