import { setTimeout as delay } from 'node:timers/promises';
import {
  ConnectionError,
  DeletedError,
  isLxdError,
  NotFoundError,
  ServerError,
  TimeoutError,
} from '../../errors/index.js';
import type { EventStream, ServerEvent } from '../../events/index.js';
import type { JsonMap } from '../../orm/index.js';
import { idOf, Known, type Place, type Thing } from './known.js';
import type { Subject } from './kind-events.js';
import type { View } from './view.js';

export type WatchStream = EventStream<'lifecycle' | 'reconnected' | 'missed'>;

/** What is watched, and how it is read. */
export interface Watched {
  /** Most need one stream. */
  listen(): Promise<WatchStream[]>;
  list(signal: AbortSignal): Promise<Thing[]>;
  /** Undefined if it is gone, or not among those watched. */
  read(place: Place, signal: AbortSignal): Promise<JsonMap | undefined>;
  /** What an event is about; undefined for what changes none of those watched. */
  subject(event: ServerEvent<'lifecycle'>): Subject | undefined;
  /** The place of a key that an event of a project names. */
  place(key: string, event: ServerEvent): Place;
}

/** One who watches. */
export interface Watcher {
  /** There may be something new to tell. */
  news(): void;
  /** It has ended, by no wish of the watcher's. */
  failed(error: unknown): void;
}

/** A watcher's share. */
export interface Share {
  view: View;
  /** Whether what was there at the start is known. */
  readonly isListed: boolean;
  leave(): void;
}

/** Times in ms. */
const times = {
  /** After an event, to the second look: in case the server tells before it is done. */
  settle: 500,
  /** Between two tries while the server is away. */
  retry: 500,
};

/** Stands for the list among what is read. */
const everything = '';

/**
 * What is true of some things, kept so over reconnects for all who watch them: it listens, lists, reads what events name,
 * and lists again whenever events were lost. It begins with the first watcher and ends with the last.
 */
export class WatchSource {
  readonly #watched: Watched;
  readonly #ended: () => void;
  readonly #known = new Known();
  readonly #watchers = new Set<Watcher>();
  readonly #stop = new AbortController();
  /** The reads under way, and whether another is due after each. */
  readonly #reading = new Map<string, boolean>();
  /** The names of before, until the new ones are read. */
  readonly #renames = new Map<string, string>();
  readonly #settling = new Map<string, NodeJS.Timeout>();
  /** Those read while a list is on its way, which may be older. */
  #newer: Set<string> | undefined;
  #streams: WatchStream[] = [];
  #isListed = false;

  constructor(watched: Watched, ended: () => void) {
    this.#watched = watched;
    this.#ended = ended;
  }

  join(watcher: Watcher): Share {
    const isFirst = this.#watchers.size === 0;
    this.#watchers.add(watcher);
    const view = this.#known.view();
    const isListed = () => this.#isListed;
    if (isFirst) void this.#run();
    return {
      view,
      get isListed() {
        return isListed();
      },
      leave: () => {
        this.#known.drop(view);
        if (this.#watchers.delete(watcher) && this.#watchers.size === 0) this.#end();
      },
    };
  }

  async #run(): Promise<void> {
    try {
      const streams = await this.#watched.listen();
      this.#streams = streams;
      if (this.#stop.signal.aborted) {
        this.#end();
        return;
      }
      await Promise.all(streams.map(async ({ ready }) => ready));
      this.#known.reset(await this.#watched.list(this.#stop.signal), new Set()); // that it cannot be is said at once
      this.#isListed = true;
      this.#tell();
      await Promise.all(streams.map(async (stream) => this.#follow(stream)));
    } catch (error) {
      this.#fail(error);
    }
  }

  async #follow(stream: WatchStream): Promise<void> {
    for await (const event of stream) {
      if (event.type === 'lifecycle') this.#hear(event);
      else this.#doubt();
    }
  }

  #hear(event: ServerEvent<'lifecycle'>): void {
    const subject = this.#watched.subject(event);
    if (!subject) return;
    if (subject === 'any') {
      this.#look(everything, async () => this.#list());
      return;
    }
    const { key, from } = subject;
    const place = this.#watched.place(key, event);
    if (from !== undefined) this.#renames.set(idOf(place), from);
    this.#look(idOf(place), async () => this.#read(place));
  }

  /** Nothing that was asked for before is certain. */
  #doubt(): void {
    for (const id of this.#reading.keys()) this.#reading.set(id, true);
    void this.#once(everything, async () => this.#list());
  }

  /** Reads now, and once more when the server has had time to do what it told of. */
  #look(id: string, read: () => Promise<void>): void {
    void this.#once(id, read);
    clearTimeout(this.#settling.get(id));
    const timer = setTimeout(() => {
      this.#settling.delete(id);
      void this.#once(id, read);
    }, times.settle).unref();
    this.#settling.set(id, timer);
  }

  /** Reads; what is asked for in the meantime makes one more read, not many. */
  async #once(id: string, read: () => Promise<void>): Promise<void> {
    const isReading = this.#reading.has(id);
    this.#reading.set(id, isReading);
    if (isReading) return;
    try {
      do {
        this.#reading.set(id, false);
        await read();
      } while (this.#reading.get(id) && !this.#stop.signal.aborted);
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#reading.delete(id);
    }
  }

  async #read(place: Place): Promise<void> {
    const id = idOf(place);
    const data = await this.#persist(async (signal) => this.#watched.read(place, signal));
    const from = this.#renames.get(id);
    this.#renames.delete(id);
    this.#newer?.add(id);
    if (data && from !== undefined) this.#known.rename(place, from, data);
    else this.#known.set(place, data);
    this.#tell();
    if (from === undefined) return;
    const before = { ...place, key: from }; // another may have that name by now
    this.#look(idOf(before), async () => this.#read(before));
  }

  async #list(): Promise<void> {
    this.#newer = new Set();
    const list = await this.#persist(async (signal) => this.#listOrNone(signal));
    this.#known.reset(list, this.#newer);
    this.#newer = undefined;
    this.#tell();
  }

  /** What they belong to may be gone meanwhile: then so are they. */
  async #listOrNone(signal: AbortSignal): Promise<Thing[]> {
    try {
      return await this.#watched.list(signal);
    } catch (error) {
      if (error instanceof NotFoundError || error instanceof DeletedError) return [];
      throw error;
    }
  }

  /** Tries until the server, which restarts or is busy, answers. */
  async #persist<T>(ask: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const { signal } = this.#stop;
    for (;;) {
      try {
        return await ask(signal);
      } catch (error) {
        if (signal.aborted || !isPassing(error)) throw error;
        await delay(times.retry, undefined, { signal, ref: false }).catch(() => undefined);
      }
    }
  }

  #tell(): void {
    for (const watcher of [...this.#watchers]) watcher.news();
  }

  #fail(error: unknown): void {
    if (this.#stop.signal.aborted) return; // its own doing
    const watchers = [...this.#watchers];
    this.#watchers.clear();
    this.#end();
    for (const watcher of watchers) watcher.failed(error);
  }

  #end(): void {
    this.#ended();
    this.#stop.abort();
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.#settling.clear();
    for (const stream of this.#streams) void stream.return();
  }
}

/** Whether the same question may be answered later. */
export function isPassing(error: unknown): boolean {
  if (!isLxdError(error)) return false;
  return error instanceof ConnectionError || error instanceof TimeoutError || error instanceof ServerError;
}
