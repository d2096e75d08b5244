import type { Product, ProductName } from '../products/product.js';
import type { Call } from '../http/call.js';
import type { FieldKind } from '../http/decode.js';
import type { Items } from './items.js';
import type { Feature } from '../kinds/projects/project.js';
import type { Place } from './place.js';

/** What the server says no with. */
export type Says = readonly [status: number, text: string];

/** Whatever a kind is about has a name; its other fields are those of its declaration. */
export interface Thing {
  name: string;
  [field: string]: unknown;
}

/** What happens to a thing. */
export type Action = 'create' | 'update' | 'rename' | 'delete';

/**
 * A field that a write can say. What a PATCH does that leaves it out: it `keeps` it, `blanks` it, or merges it into what
 * is there, `needs` it so much that the real server panics without it. `given` is said once, by who makes the thing.
 */
export interface WrittenField {
  type: FieldKind;
  patch: 'keeps' | 'blanks' | 'merges' | 'needs' | 'given';
  /** Is it left out where it is empty? */
  omitEmpty?: true;
  /** Does a PATCH blank a time by `null`? */
  null?: 'blanks';
  /** What the items of a list of objects may hold; `listField()` makes such a field. */
  items?: Items;
  /** How it is read, if not as it is kept. */
  shown?(value: unknown, place: Place): unknown;
}

/** A field that the server makes up, each time that it is read; undefined is left out. */
export type DerivedField<T> = (thing: T, place: Place<T>) => unknown;

/** How a kind answers where most answer otherwise; what one product does alone stands under its name. */
export interface Habits {
  /** The status of a bad filter, or that there are no filters; without it, both as the product has it. */
  badFilter?: number | 'ignored';
  /** What is said where no item of a list fits the filter; a list without it. */
  noneFits?: null;
  /** Do lists have URLs without the project? */
  listsPlainly?: true;
  /** Is there an ETag that a GET does not send? */
  hidesETag?: true;
  /** Does a write take any `If-Match`? */
  ignoresMatch?: true;
  /** Does the answer to a creation not say where the thing is? */
  hidesLocation?: true;
  /** Nor that to a rename, and is it 200? */
  renamesPlainly?: true;
  /** Do its events call a rename a deletion? */
  tellsRenameAsDeleted?: true;
  /** With which extension a list of `all-projects` has those of all, whatever else is said of projects. */
  spansProjects?: string;
  /** Whose are in such a list of Incus beside one's own, for who is restricted to some projects. */
  showsBeside?: 'default' | 'all';
  /** Is the body of a PATCH first read as an object of anything, or its values one by one, as texts? */
  readsAnyPatch?: true | 'texts';
}

/**
 * A kind of thing that the fake has, as data: what it does with them, list, read, make, write, rename and delete, is the
 * same for all. Nothing here comes from the SDK's own declarations, or a mistake in one would be one in both.
 */
export interface Declaration<T> extends Habits {
  /** Where one of them is, in the spelling of the facts; its last part is the name. */
  readonly path: `/1.0/${string}/{${string}}`;
  /** May the name have slashes, encoded or not? */
  readonly hasSlashes?: true;
  /** What an operation calls it: `network ACL`. */
  readonly title: string;
  /** The API extension that servers have which have such things. */
  readonly extension?: string;
  /** Of the whole server, or of the project of the request, which it is without it. */
  readonly scope?: 'server' | 'project';
  /** What makes it the own of a project; without that feature it has those of `default`. */
  readonly feature?:
    Feature | ((params: Readonly<Record<string, string>>, product: Product) => Feature | undefined);
  /** The Go types that bodies are read into; without that of a write or a rename, there is none. */
  readonly bodies: Readonly<{ create: string; write?: string; rename?: string }>;
  /** In the order in which the server prints them; `'name'`, whatever it is called there, and `'users'` are known. */
  readonly fields: Readonly<Record<string, 'name' | 'users' | WrittenField | DerivedField<T>>>;
  /** The lists of items, in the order in which they are checked. */
  readonly lists?: readonly string[];
  /** What the ETag covers, in this order. */
  readonly etag: readonly string[];
  /** Lists are in the order of the names; without it in that in which the things were made. */
  readonly order?: 'name';
  /** What its lifecycle events begin with. */
  readonly event: string;
  readonly quirks?: Readonly<Partial<Record<ProductName, Habits>>>;
  readonly texts: Readonly<{
    missing: Says | ((name: string, method: string) => Says);
    exists(name: string, place: Place<T>): Says;
    /** Of the new name of a rename, which may be the old one; as `exists` without it. */
    taken?(name: string, oldName: string, place: Place<T>): Says | undefined;
    /** Of what is to be renamed and is not there, where only the operation says so. */
    lost?(name: string, place: Place<T>): Says;
    /** Of what is used when it is to be renamed or deleted; without it, it may be. */
    used?(action: Action): Says | undefined;
    /** Of the project of the request; most say all alike. */
    project?(name: string, isList: boolean): string | undefined;
  }>;
  /** The statuses of what `named`, `check` and `items` refuse; 500 where it is not said. */
  readonly invalid?: Readonly<{ create?: number; update?: number }>;
  /** What the server says of a name, for a new thing or a rename. */
  named(name: string, place: Place<T>, action: Action): Says | string | undefined;
  /** What it says of the content of a thing, once it is as it is to be. */
  check?(next: T, place: Place<T>, before: T | undefined, method: string): Says | string | undefined;
  /** Who uses it, by their URLs. */
  users?(thing: T, place: Place<T>): string[] | null;
  /** Whom the server does not trust may read this one; nobody else's, without it. */
  shown?(thing: T, place: Place<T>): boolean;
  /** What is refused of the body of a PUT before anybody looks for the thing; without it, the body is read after that. */
  putFirst?(body: Partial<T>): Says | undefined;
  /** Refuses a place that is not there, such as a pool; `method` is that of the request. */
  admit?(place: Place<T>, method: string, isList: boolean): void;
  /** What is refused of a new thing at once, and not by the operation. */
  precheck?(next: T, place: Place<T>): Says | undefined;
  /** What is refused of a thing that is there. */
  forbid?(action: Action, name: string, place: Place<T>): Says | undefined;
  /** Brings what was written into the form in which the server keeps it; `body` is what was said, by a PATCH or not. */
  settle?(next: T, place: Place<T>, before: T | undefined, body: Partial<T>, isPatch: boolean): void;
  /** The name of a thing that is made without one. */
  nameless?(place: Place<T>): string;
  /** After it was renamed: who names it, follows. */
  renamed?(before: string, thing: T, place: Place<T>): void;
  /** Before it goes. */
  removing?(name: string, place: Place<T>): void;
  /** Where the answer to a creation says that the thing is, if it is wrong. */
  locatedAt?(name: string, place: Place<T>): string;
  /** What the answer to a creation says of the new thing; an operation says it under this name. */
  readonly tells?: readonly [name: string, (thing: T, place: Place<T>) => unknown];
  /** How the server spells a name, once it is one. */
  spelt?(name: string): string;
  /** What is shown among the things, and nobody can write to. */
  beside?(place: Place<T>): T[];
  /** Where its things are, if not on a shelf of the generic part alone. */
  shelf?(place: Place<T>, kept: Map<string, T>): Map<string, T>;
  /** How a list prints it, if otherwise. */
  inList?(json: Thing, place: Place<T>): Thing;
  /** The parts of the path that its events name, if not those of its URL. */
  eventPath?(place: Place<T>, name: string, action: Action): readonly string[];
  /** The project that it is told of in, by a URL without it; of things that are in one, that. */
  eventProject?(name: string): string;
  /** What the events of an action say beside what all say. */
  context?(action: Action, place: Place<T>): Record<string, string> | undefined;
  /** The resources of an operation. */
  resources?(place: Place<T>, name: string, action: Action): Record<string, string[]> | null;
  /** What can be read below one of them, by the last part of the path; or what is said of that, if it is there. */
  readonly reads?: Readonly<Record<string, Says | ((place: Place<T>, name: string) => unknown)>>;
  /** What answers in the place of the generic part: for the list, one thing, and paths of its own. */
  readonly handlers?: Readonly<{
    list?: Handlers;
    one?: Handlers;
    more?: Readonly<Record<string, Handlers>>;
  }>;
}

/** Answers a request about a kind in a way of its own. */
export type KindHandler = (call: Call, kind: Kind) => Response | Promise<Response>;
type Handlers = Partial<Record<'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE', KindHandler>>;

/** Does a server have such things? */
export function isOffered({ extension }: Kind, { extensions }: Product): boolean {
  return extension === undefined || extensions.includes(extension);
}

/** A declaration, its things being no more than things. */
export type Kind = Declaration<Thing>;

/** A field that only servers with this API extension have. */
export function since<T>(extension: string, value: DerivedField<T>): DerivedField<T> {
  return (thing, place) => (place.product.extensions.includes(extension) ? value(thing, place) : undefined);
}

/** Types a declaration, and forgets of what it is. */
export function kind<T extends { name: string }>(declaration: Declaration<T>): Kind {
  return declaration as unknown as Kind;
}
