import { setTimeout as delay } from 'node:timers/promises';
import type { EventStream, ServerEvent } from '../../events/index.js';
import { ConnectionError, isLxdError, ServerError, TimeoutError } from '../../errors/index.js';
import type { JsonMap, Model } from '../../orm/index.js';
import { View, type Difference, type Place } from './view.js';

/** What a watch tells. */
export type WatchChange<M extends Model> =
  /** It is there: at the start for each that was there before, later for what was created. */
  | { type: 'added'; key: string; project: string; model: M }
  /** It differs from `previous`. */
  | { type: 'changed'; key: string; project: string; model: M; previous: M }
  | { type: 'renamed'; key: string; project: string; model: M; from: string }
  /** It is gone; `model` is what it was when it was last seen. */
  | { type: 'removed'; key: string; project: string; model: M }
  /** All that were there at the start have been told. */
  | { type: 'synced' };

/** What is watched, and how it is read. */
export interface Watched<M extends Model> {
  listen(): EventStream<'lifecycle' | 'reconnected' | 'missed'>;
  list(signal: AbortSignal): Promise<{ place: Place; data: JsonMap }[]>;
  /** Undefined if it is gone, or not among those watched. */
  read(place: Place, signal: AbortSignal): Promise<JsonMap | undefined>;
  /** What an event is about; undefined for what changes none of those watched. */
  subject(event: ServerEvent<'lifecycle'>): (Place & { from?: string | undefined }) | undefined;
  model(place: Place, data: JsonMap): M;
  signal: AbortSignal | undefined;
}

/** Times in ms. */
const times = {
  /** After an event, to the second look: in case the server tells before it is done. */
  settle: 500,
  /** Between two tries while the server is away. */
  retry: 500,
};

/**
 * The changes of some things, true over reconnects: it listens, lists, reads what events name, and lists again whenever
 * events were lost. `break` ends it.
 */
export class Watch<M extends Model> implements AsyncIterableIterator<WatchChange<M>>, AsyncDisposable {
  readonly #watched: Watched<M>;
  readonly #view = new View();
  readonly #stream: EventStream<'lifecycle' | 'reconnected' | 'missed'>;
  readonly #stop = new AbortController();
  readonly #waiting = new Set<() => void>();
  /** The reads under way, and whether another is due after each. */
  readonly #reading = new Map<string, boolean>();
  readonly #settling = new Map<string, NodeJS.Timeout>();
  readonly #abort = () => {
    this.#stop.abort();
  };
  #synced: 'no' | 'yes' | 'told' = 'no';
  #end: { error?: unknown } | undefined;

  /** @internal Use `client.instances.watch()`. */
  constructor(watched: Watched<M>) {
    this.#watched = watched;
    this.#stream = watched.listen();
    watched.signal?.addEventListener('abort', this.#abort, { once: true });
    void this.#run();
  }

  async next(): Promise<IteratorResult<WatchChange<M>, undefined>> {
    for (;;) {
      const difference = this.#view.next();
      if (difference) return { done: false, value: this.#changeFrom(difference) };
      if (this.#synced === 'yes') {
        this.#synced = 'told';
        return { done: false, value: { type: 'synced' } };
      }
      if (this.#end) {
        const { error } = this.#end;
        this.#end = {};
        if (error) throw error as Error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  async return(): Promise<IteratorResult<WatchChange<M>, undefined>> {
    this.#over({});
    await this.#stream.return();
    return { done: true, value: undefined };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  async #run(): Promise<void> {
    try {
      await this.#stream.ready;
      this.#view.reset(await this.#watched.list(this.#stop.signal)); // that it cannot be listed is said at once
      this.#synced = 'yes';
      this.#wake();
      for await (const event of this.#stream) {
        if (event.type === 'lifecycle') this.#hear(event);
        else await this.#listAgain();
      }
    } catch (error) {
      this.#over({ error });
      await this.#stream.return();
    }
  }

  #hear(event: ServerEvent<'lifecycle'>): void {
    const subject = this.#watched.subject(event);
    if (!subject) return;
    const { from, ...place } = subject;
    void this.#read(place, from);
    const id = `${place.project}/${place.key}`;
    clearTimeout(this.#settling.get(id));
    const timer = setTimeout(() => {
      this.#settling.delete(id);
      void this.#read(place);
    }, times.settle).unref();
    this.#settling.set(id, timer);
  }

  /** Reads one anew; what is asked for in the meantime makes one more read, not many. */
  async #read(place: Place, from?: string): Promise<void> {
    const id = `${place.project}/${place.key}`;
    if (this.#reading.has(id)) {
      this.#reading.set(id, true);
      return;
    }
    try {
      do {
        this.#reading.set(id, false);
        const data = await this.#persist(async (signal) => this.#watched.read(place, signal));
        if (this.#end) return;
        if (data && from !== undefined) this.#view.rename(place, from, data);
        else this.#view.set(place, data);
        this.#wake();
      } while (this.#reading.get(id));
    } catch (error) {
      this.#over({ error });
    } finally {
      this.#reading.delete(id);
    }
    if (from !== undefined) void this.#read({ ...place, key: from });
  }

  async #listAgain(): Promise<void> {
    this.#view.reset(await this.#persist(async (signal) => this.#watched.list(signal)));
    this.#wake();
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

  #changeFrom(difference: Difference): WatchChange<M> {
    const { type, key, project, data } = difference;
    const model = this.#watched.model({ key, project }, data);
    if (type === 'changed') {
      return {
        type,
        key,
        project,
        model,
        previous: this.#watched.model({ key, project }, difference.before),
      };
    }
    return type === 'renamed'
      ? { type, key, project, model, from: difference.from }
      : { type, key, project, model };
  }

  #over(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#watched.signal?.removeEventListener('abort', this.#abort);
    this.#stop.abort();
    for (const timer of this.#settling.values()) clearTimeout(timer);
    this.#settling.clear();
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}

/** Whether the same question may be answered later. */
function isPassing(error: unknown): boolean {
  if (!isLxdError(error)) return false;
  return error instanceof ConnectionError || error instanceof TimeoutError || error instanceof ServerError;
}
