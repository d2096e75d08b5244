import { isAddress, listOf, parts } from '../validation/values.js';
import type { ProductName } from '../products/product.js';
import type { WrittenField } from './kind.js';
import type { Place } from './place.js';

/** One item of a list: texts by their names. */
export type Item = Record<string, string>;

/** A field of the items of a list, always a text. What is empty is checked only where there must be something. */
export interface ItemField {
  /** What refusals call it. */
  title?: string;
  /** Must there be something? Such fields are checked before the others. */
  required?: true;
  /** What it can be, with commas; of a list on one product alone, by the products. */
  oneOf?: string | Readonly<Record<ProductName, string>>;
  /** It is a list with commas, of such. */
  list?: keyof typeof parts;
  /** It is a list of addresses; in the list of this name, also of names of things of this kind, and of `@…`. */
  subjects?: string;
  /** Without one of these values of another field it cannot be used; `other` is what is said of others, their value in quotes without it. */
  only?: Readonly<{ with: string; of: string; other?(value: string): string }>;
}

/** What the items of a list are, in the order in which the server prints their fields. */
export interface Items {
  /** The Go type. */
  type: string;
  fields: Readonly<Record<string, ItemField>>;
  /** What is said of an item that is wrong, and of one that is there twice; both by the place of the item. */
  wrong(list: string, index: number, why: string): string;
  twice(list: string, index: number): string;
}

/** A list of such items as a field; a PATCH that leaves it out blanks it. */
export function listField(items: Items): WrittenField {
  const fields = Object.fromEntries(Object.keys(items.fields).map((name) => [name, 'string'] as const));
  return { type: { list: { type: items.type, fields } }, patch: 'blanks', items };
}

/** An item as it is kept: no blanks around its values and in its lists, and nothing that is empty. */
export function tidied({ fields }: Items, item: Item): Item {
  const entries = Object.entries(fields).map(([name, { list, subjects }]) => {
    const value = item[name] ?? '';
    return [name, (list ?? subjects) ? listOf(value).join(',') : value.trim()] as const;
  });
  return Object.fromEntries(entries.filter(([, value]) => value));
}

/** The lists of items of a thing, by their names. */
function listsOf<T>({ kind }: Place<T>, thing: T): [name: string, items: Items, list: Item[]][] {
  return (kind.lists ?? []).flatMap((name): [string, Items, Item[]][] => {
    const field = kind.fields[name];
    return typeof field === 'object' && field.items
      ? [[name, field.items, thing[name as keyof T] as Item[]]]
      : [];
  });
}

/** What the server says of the first item of a thing that is wrong, or there twice. */
export function itemsProblem<T>(place: Place<T>, thing: T): string | undefined {
  for (const [name, items, list] of listsOf(place, thing)) {
    const seen: string[] = [];
    for (const [index, item] of list.entries()) {
      const why = itemProblem(place, name, items, item);
      if (why !== undefined) return items.wrong(name, index, why);
      const same = seen.indexOf(JSON.stringify(item));
      if (same >= 0) return items.twice(name, same);
      seen.push(JSON.stringify(item));
    }
  }
  return undefined;
}

/** The URLs of the things of a place whose items name this one. */
export function namers<T extends { name: string }>(place: Place<T>, name: string): string[] {
  const names = ({ fields }: Items, item: Item) =>
    Object.keys(fields).some((field) => fields[field]?.subjects && listOf(item[field]).includes(name));
  return [...place.shelf.values()]
    .filter((thing) => listsOf(place, thing).some(([, items, list]) => list.some((one) => names(items, one))))
    .map((thing) => place.url(thing.name));
}

function itemProblem<T>(place: Place<T>, list: string, { fields }: Items, item: Item): string | undefined {
  const all = Object.entries(fields);
  const ordered = [
    ...all.filter(([, { required }]) => required),
    ...all.filter(([, { required }]) => !required),
  ];
  for (const [name, field] of ordered) {
    const value = item[name] ?? '';
    const wrong = value || field.required ? fieldProblem(place, list, field, value, item) : undefined;
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}

function fieldProblem<T>(
  place: Place<T>,
  listName: string,
  { title = '', oneOf, list, subjects, only }: ItemField,
  value: string,
  item: Item,
): string | undefined {
  const choices = typeof oneOf === 'object' ? oneOf[place.product.name] : oneOf;
  if (choices && !listOf(choices).includes(value)) return `${title} must be one of: ${choices}`;
  const other = only ? (item[only.with] ?? '') : '';
  if (only && !other) return `${title} cannot be used without specifying ${only.with}`;
  if (only && !listOf(only.of).includes(other))
    return `${title} cannot be used with ${only.other?.(other) ?? `"${other}"`} ${only.with}`;
  const check = (part: string) =>
    list ? parts[list](part) : subjects ? subjectProblem(place, listName, subjects, title, part) : undefined;
  const wrong = listOf(value).map(check).find(Boolean);
  return wrong && `Invalid ${title}: ${wrong}`;
}

function subjectProblem<T>(
  { shelf, product }: Place<T>,
  list: string,
  named: string,
  title: string,
  part: string,
): string | undefined {
  if (isAddress(part)) return undefined;
  if (part.startsWith('$') && product.extensions.includes('network_address_set')) return undefined;
  if (!part.startsWith('@') && !shelf.has(part)) return `Invalid subject "${part}"`;
  return list === named ? undefined : `Named subjects not allowed in "${title}" for "${list}" rules`;
}
