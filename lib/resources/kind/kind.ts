import type { Product } from '../../connect/options.js';
import type { JsonMap, ModelClass, WriteRules } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { ApiExtension, PathFamily, PathsOf } from '../../rest/endpoints/index.js';
import type { KindEvents } from '../watch/kind-events.js';
import { KindPath, type KeyRules } from './path.js';
import type { Resource } from './resource.js';

/** What a kind of thing is, as far as its store asks: data, with the reason beside what is odd. */
export interface StoreRules {
  /** In messages: `network ACL`. */
  readonly name: string;
  /** As in the endpoint facts. The parameters that no parent fills are the key. */
  readonly path: PathsOf<'GET'> | PathFamily;
  readonly key?: KeyRules;
  /** How it takes writes, for what is known of the server. */
  readonly writes: WriteRules | ((facts: ServerFacts | undefined) => WriteRules);
  /**
   * What a server says where that which they belong to cannot have any, or where one is of a sort that cannot be written:
   * it is an UnsupportedError.
   */
  readonly unfit?: RegExp;
  /**
   * Which of them can only be read, and why; `says` is how a server refuses a write to one, and whatever belongs to one:
   * as if it were not there.
   */
  readonly onlyRead?: {
    readonly is: (data: Readonly<JsonMap>) => boolean;
    readonly why: string;
    readonly says: RegExp;
  };
  /** Which products understand `filter=` in its list; the others would ignore it in silence. */
  readonly filter: 'both' | 'incus' | 'none';
  /** Which events tell of it; absent where none do, and there is no `watch()`. */
  readonly events?: KindEvents;
  /** What no server does with it. */
  readonly cannot?: readonly ('rename' | 'delete')[];
  /** What not every server has. */
  readonly needs?: { readonly extension?: ApiExtension; readonly product?: Product };
  /** What makes `all-projects` list them all, where the others list one project in silence: an extension, or no server. */
  readonly allProjects?: ApiExtension | 'never' | 'always';
  /** Each is on one cluster member, its `location`, to which its requests go. */
  readonly located?: boolean;
}

/** A kind of thing: where it is, how it behaves, and the model that one is read into. */
export interface KindRules<M extends Resource, I extends object> extends StoreRules {
  readonly model: ModelClass<M>;
  /**
   * Where the server can choose the name: under which words an operation tells it, and whether every server does; `asked`
   * by a name that stands for any, where there must be one.
   */
  readonly chosen?: { readonly told: readonly string[]; readonly always?: boolean; readonly asked?: RegExp };
  /** The answer to a creation says where the new one is; its name does not. */
  readonly saysWhere?: boolean;
  /** Properties that some servers ignore in a creation: they are saved right after it where they are not as wanted. */
  readonly ignored?: readonly string[];
  /** What an input has that the model has not. */
  readonly inputs?: readonly (keyof I & string)[];
  /** Gives the new thing what the answer to its creation tells beside: no other does. */
  told?(made: M, metadata: Readonly<JsonMap>): void;
  /** What a creation sends where that is not the input by the server's names. */
  readonly body?: (body: JsonMap, input: I) => JsonMap;
}

/** What a store needs to know of its kind. */
export type StoreKind = StoreRules & { readonly at: KindPath };

/** A declared kind. */
export type Kind<M extends Resource, I extends object> = KindRules<M, I> & { readonly at: KindPath };

/** Declares a kind of thing that its manager and its store are made from. */
export function kind<M extends Resource, I extends object>(rules: KindRules<M, I>): Kind<M, I> {
  return { ...rules, at: new KindPath(rules.path, rules.key) };
}

/** Declares what only a store is made from, for kinds with a manager of their own. */
export function storeKind(rules: StoreRules): StoreKind {
  return { ...rules, at: new KindPath(rules.path, rules.key) };
}
