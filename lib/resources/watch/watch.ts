import { AbortedError, onAbort } from '../../errors/index.js';
import type { JsonMap, Model } from '../../orm/index.js';
import type { Place } from './known.js';
import type { Share, WatchSource } from './source.js';
import type { Difference } from './view.js';

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

/** What one watch adds to what it shares with others. */
interface WatchSetup<M extends Model> {
  /** For messages: `watch() of instances`. */
  title: string;
  model(place: Place, data: JsonMap): M;
  signal: AbortSignal | undefined;
}

/**
 * The changes of some things, true over reconnects. Watches of the same things share one list, one read for a change and
 * one event socket; each is told all from the start, at its own pace. `break` ends it.
 */
export class Watch<M extends Model> implements AsyncIterableIterator<WatchChange<M>>, AsyncDisposable {
  readonly #setup: WatchSetup<M>;
  readonly #waiting = new Set<() => void>();
  #share: Share | undefined;
  #offAbort: () => void = () => undefined;
  #isSynced = false;
  #end: { error?: unknown } | undefined;

  /** @internal Use `client.instances.watch()`. */
  constructor(setup: WatchSetup<M>, source: () => WatchSource) {
    this.#setup = setup;
    const { signal } = setup;
    if (signal?.aborted) {
      this.#end = { error: this.#aborted(signal) };
      return;
    }
    this.#offAbort = onAbort(signal, () => {
      this.#over({ error: this.#aborted(signal) });
    });
    this.#share = source().join({
      news: () => {
        this.#wake();
      },
      failed: (error) => {
        this.#over({ error });
      },
    });
  }

  /** The next change; `done` after `return()`. @throws what ends the watch, once */
  async next(): Promise<IteratorResult<WatchChange<M>, undefined>> {
    for (;;) {
      if (this.#end) {
        const { error } = this.#end;
        this.#end = {};
        if (error) throw error as Error;
        return { done: true, value: undefined };
      }
      const difference = this.#share?.view.next();
      if (difference) return { done: false, value: this.#changeFrom(difference) };
      if (this.#share?.isListed && !this.#isSynced) {
        this.#isSynced = true;
        return { done: false, value: { type: 'synced' } };
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  return(): Promise<IteratorResult<WatchChange<M>, undefined>> {
    this.#over({});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  #changeFrom(difference: Difference): WatchChange<M> {
    const { type, key, project, data } = difference;
    const place = { key, project };
    const model = this.#setup.model(place, data);
    switch (type) {
      case 'changed':
        return { type, key, project, model, previous: this.#setup.model(place, difference.before) };
      case 'renamed':
        return { type, key, project, model, from: difference.from };
      default:
        return { type, key, project, model };
    }
  }

  #over(end: { error?: unknown }): void {
    this.#end ??= end;
    this.#offAbort();
    this.#share?.leave();
    this.#share = undefined;
    this.#wake();
  }

  #aborted(signal: AbortSignal | undefined): AbortedError {
    return new AbortedError(`${this.#setup.title} was aborted`, { cause: signal?.reason });
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
