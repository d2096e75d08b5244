import type { Ended, OperationOptions, StartOptions } from '../operations/index.js';
import type { Json, JsonMap } from './json.js';
import type { WriteRules } from './plan.js';

/** How a single call may be cut short. */
export interface CallOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds. */
  timeout?: number | undefined;
}

/** How a thing is deleted. */
export interface DeleteOptions<W extends boolean = boolean> extends StartOptions<W> {
  /** Being gone already is success. */
  ifExists?: boolean | undefined;
}

/** A thing as the server has it. */
export interface Reading {
  data: JsonMap;
  /** What the server calls this state of it; undefined where it has no word for it. */
  version?: string | undefined;
  /** When it was read, by `performance.now()`; of no use without a version. */
  readAt?: number | undefined;
}

/** How much of each thing a list brings: 0 its key, 1 itself, 2 itself with what belongs to it. */
export type Depth = 0 | 1 | 2;

export interface ListOptions extends CallOptions {
  filter?: string | undefined;
  allProjects?: boolean | undefined;
  /** Which of what depth 2 brings, by the server's names, where it can select. */
  fields?: readonly string[] | undefined;
}

/** A key with the project and the cluster member that it is in, where the server names them. */
export interface ListedKey {
  key: string;
  project?: string | undefined;
  location?: string | undefined;
}

/** Which part of a server: names are not unique over projects, and some not over cluster members. */
export interface StoreScope {
  project?: string | undefined;
  target?: string | undefined;
}

/** Where things of one kind are kept. Knows the server; knows nothing of drafts and merges. */
export interface Store {
  /** The kind's name in messages: `instance`. */
  readonly kind: string;
  /** How it takes writes, as far as is known of the server without asking it. */
  readonly rules: WriteRules;
  read(key: string, options?: CallOptions): Promise<Reading>;
  keys(options?: ListOptions): Promise<ListedKey[]>;
  list(depth: 1 | 2, options?: ListOptions): Promise<Json[]>;
  /** Writes a part (`merge`) or the whole (`replace`); with a version, only if that is still the state. */
  write(
    key: string,
    mode: 'merge' | 'replace',
    body: JsonMap,
    version: string | undefined,
    options?: OperationOptions,
  ): Promise<void>;
  /** Resolves with what `finish` makes of the end, or, as `wait` or else the client says, with the operation. */
  rename<T, W extends boolean>(
    key: string,
    newKey: string,
    options: StartOptions<W>,
    finish: () => T,
  ): Promise<Ended<T, W>>;
  /** As `rename()`; with `ifExists`, a thing that is not there was deleted at once. */
  remove<T, W extends boolean>(key: string, options: DeleteOptions<W>, finish: () => T): Promise<Ended<T, W>>;
  /** What `remove()` resolves with where there is nothing to do. */
  done<T, W extends boolean>(key: string, options: StartOptions<W>, finish: () => T): Ended<T, W>;
  /** The same, but what would change something is thrown as an `UnsentRequest`. */
  dry(): Store;
  /** The same kind in another project or on another cluster member; what is not named stays as it is. */
  at(scope: StoreScope): Store;
}
