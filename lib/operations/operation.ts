import { inspect } from 'node:util';
import {
  AbortedError,
  assertOptions,
  InvalidInputError,
  milliseconds,
  NotFoundError,
  printableOperation,
  ResponseError,
  tell,
} from '../errors/index.js';
import { unexpected } from '../rest/answers.js';
import type { Asked } from '../rest/asked.js';
import type { Session } from '../rest/session.js';
import type { OperationData } from './data.js';
import { isOperationData } from './data.js';
import { Follower } from './follower.js';
import { callNames, operationNames } from './option-names.js';
import { title, updateFrom, type Subject } from './outcome.js';
import { progressFrom, type Progress } from './progress.js';
import { idFrom } from './url.js';
import { Tracker, type OperationState, type Update, type WaitOptions } from './tracker.js';

/** How a method waits for the operation that it starts. */
export interface OperationOptions extends WaitOptions {
  /** Called with each step of the operation that the server tells of. */
  onProgress?: ((progress: Progress) => void) | undefined;
  /** Cancel the operation on the server when `signal` fires; without it only the waiting ends. */
  cancelOnAbort?: boolean | undefined;
}

/** The options of a method that starts an operation; `W` is what its `wait` says, the client's `autoWait` by default. */
export interface StartOptions<W extends boolean = boolean> extends OperationOptions {
  /** `false` resolves at once with the operation instead of waiting for its end. */
  wait?: W | undefined;
}

/**
 * What a method that starts an operation resolves with: what its end gives, or at `wait: false` the operation. So one
 * signature says all: `start<W extends boolean = WaitOf<this>>(options?: StartOptions<W>): Promise<Ended<this, W>>`.
 */
export type Ended<T, W extends boolean> = W extends false ? Operation<T> : T;

/** Where an operation is, and how it became known. */
export interface OperationSource {
  /** As the server gave it, with its query. */
  url: string;
  data?: OperationData | undefined;
  /** The request that started it. */
  asked?: Asked | undefined;
  /** When that was sent, by `performance.now()`. */
  begun?: number | undefined;
}

/**
 * Something that the server does in the background (`/1.0/operations/{id}`). It is followed from the moment that it is
 * known, since servers forget operations 5 s after their end. Never thenable, so that an async function can return it.
 */
export class Operation<T = void> {
  readonly #session: Session;
  readonly #url: string;
  readonly #tracker: Tracker<OperationData>;
  readonly #subject: Subject;
  readonly #finish: (data: OperationData) => Promise<T> | T;
  readonly #failed: ((error: Error, data: OperationData | undefined) => Promise<T> | T) | undefined;
  readonly #follower: Follower;
  readonly #listeners = new Set<(progress: Progress) => void>();
  #result: Promise<T> | undefined;

  /** @internal Use `{ wait: false }` on a method, or `client.operations.get(id)`. */
  constructor(
    session: Session,
    source: OperationSource,
    finish: (data: OperationData) => Promise<T> | T,
    failed?: (error: Error, data: OperationData | undefined) => Promise<T> | T,
  ) {
    this.#session = session;
    this.#url = source.url;
    this.#subject = { id: idFrom(source.url) ?? '', description: source.data?.description, ...source.asked };
    this.#finish = finish;
    this.#failed = failed;
    const first: Update<OperationData> = source.data
      ? updateFrom(source.data, this.#subject)
      : { state: 'running' };
    this.#tracker = new Tracker(first, () => capitalised(title(this.#subject)), { operation: this.id });
    this.#follower = new Follower(
      session,
      this.#url,
      this.#subject,
      this.#tracker,
      source.begun,
      () => this.#listeners.size > 0,
    );
    let before = source.data?.metadata;
    this.#tracker.onUpdate(({ data }) => {
      const progress = progressFrom(data?.metadata, before);
      before = data?.metadata ?? before;
      if (progress) for (const listener of [...this.#listeners]) tell(listener, progress);
    });
  }

  /**
   * The operation's UUID: what `client.operations.get()` takes. `''` for what the server did at once, such as most
   * creations of profiles: there is nothing to look up or wait for, and `state` is `succeeded`.
   */
  get id(): string {
    return this.#subject.id;
  }

  get key(): string {
    return this.id;
  }

  /** `running`, or how it ended; `expired` when the server no longer knows. */
  get state(): OperationState {
    return this.#tracker.state;
  }

  /** The server's own word, e.g. `Running`, `Success`. */
  get status(): string | undefined {
    return this.#tracker.data?.status;
  }

  get description(): string | undefined {
    return this.#tracker.data?.description;
  }

  /** `task`, `websocket` or `token`. */
  get class(): string | undefined {
    return this.#tracker.data?.class;
  }

  /** What it tells of its work. Tokens and secrets of websockets are in it by name; printed, they are hidden. */
  get metadata(): Record<string, unknown> {
    return this.#tracker.data?.metadata ?? {};
  }

  /** URLs of what it works on, by kind. */
  get resources(): Record<string, string[]> {
    return this.#tracker.data?.resources ?? {};
  }

  get createdAt(): Date | null {
    return time(this.#tracker.data?.created_at);
  }

  get updatedAt(): Date | null {
    return time(this.#tracker.data?.updated_at);
  }

  get mayCancel(): boolean {
    return this.#tracker.data?.may_cancel ?? false;
  }

  /** The server's text of what went wrong, empty if nothing did. */
  get err(): string {
    return this.#tracker.data?.err ?? '';
  }

  /** The cluster member that carries it out; `none` on a single server. */
  get location(): string | undefined {
    return this.#tracker.data?.location;
  }

  get isFetched(): boolean {
    return this.#tracker.data !== undefined;
  }

  /** Reads the operation anew (GET /1.0/operations/{id}); `NotFoundError` 5 s after its end. */
  async fetch(options: WaitOptions = {}): Promise<this> {
    assertOptions(options, callNames, 'operation.fetch()');
    if (!this.#url) return this; // made of a synchronous answer: the server has no operation
    const request = { method: 'GET', path: this.#url, ...options };
    const { metadata } = await this.#session.send(request);
    if (!isOperationData(metadata)) throw unexpected(request, 'an operation', metadata);
    this.#tracker.observe(updateFrom(metadata, this.#subject));
    return this;
  }

  /**
   * Waits for the end; resolves with what the method that began it would have given.
   * @throws OperationError, OperationCancelledError, OperationExpiredError, TimeoutError, AbortedError
   */
  async wait(given: OperationOptions = {}): Promise<T> {
    assertOptions(given, operationNames, 'operation.wait()');
    assertWaiting(given);
    const { onProgress, cancelOnAbort, ...options } = given;
    this.#follower.follow(true);
    this.#follower.wait(1);
    const off = onProgress ? this.onProgress(onProgress) : undefined;
    try {
      await this.#tracker.done(options).catch((error: unknown) => {
        if (!this.#failed || error !== this.#tracker.error) throw error;
      });
      return await (this.#result ??= this.#end());
    } catch (error) {
      if (cancelOnAbort && error instanceof AbortedError) await this.#askToCancel().catch(() => undefined);
      throw error;
    } finally {
      this.#follower.wait(-1);
      off?.();
    }
  }

  /** What comes of the end, made once for all that wait. */
  async #end(): Promise<T> {
    const { data, error } = this.#tracker;
    if (error && this.#failed) return this.#failed(error, data);
    return this.#finish(data ?? ({ id: this.id, metadata: {} } as OperationData));
  }

  /**
   * Asks the server to cancel it (DELETE /1.0/operations/{id}); one that has ended needs no cancelling, which is no error.
   * @throws BadRequestError where it cannot be cancelled; InvalidInputError
   */
  async cancel(options: WaitOptions = {}): Promise<void> {
    assertOptions(options, callNames, 'operation.cancel()');
    if (this.#tracker.ended) return;
    try {
      await this.#askToCancel(options);
    } catch (error) {
      if (!(error instanceof ResponseError) || !(await this.#hasEnded(options))) throw error;
    }
  }

  /** Calls `listener` for each step from now on; returns its own unsubscribe. */
  onProgress(listener: (progress: Progress) => void): () => void {
    assertWaiting({ onProgress: listener });
    const own = (progress: Progress) => {
      listener(progress);
    };
    this.#listeners.add(own);
    this.attach();
    void this.#follower.report();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#follower.silence();
    };
  }

  /** Yields the operation at each change, the last time at its end; throws as `wait()` does if that is a bad one. */
  async *[Symbol.asyncIterator](): AsyncGenerator<this, void, undefined> {
    let wake: () => void = () => undefined;
    let changed = true;
    const offUpdate = this.#tracker.onUpdate(() => {
      changed = true;
      wake();
    });
    const offProgress = this.onProgress(() => undefined); // looks at the operation while somebody iterates
    this.#follower.wait(1);
    try {
      for (;;) {
        if (!changed) await new Promise<void>((resolve) => (wake = resolve));
        changed = false;
        const { ended } = this.#tracker; // read before the consumer takes its time
        yield this;
        if (ended) break;
      }
      if (this.#tracker.error) throw this.#tracker.error;
    } finally {
      this.#follower.wait(-1);
      offUpdate();
      offProgress();
    }
  }

  async #askToCancel(options: WaitOptions = {}): Promise<void> {
    await this.#session.send({ method: 'DELETE', path: this.#url, ...options });
  }

  /** Whether the server does not have it any more, or says that it is over. */
  async #hasEnded(options: WaitOptions): Promise<boolean> {
    try {
      await this.fetch(options);
      return this.#tracker.ended;
    } catch (error) {
      return error instanceof NotFoundError;
    }
  }

  /** What the server said last, without its secrets; `metadata` has them. */
  toJSON(): OperationData | { id: string } {
    const { data } = this.#tracker;
    return data ? printableOperation(data) : { id: this.id };
  }

  [inspect.custom](): string {
    const what = this.description ? ` "${this.description}"` : '';
    return `Operation(${this.id}${what} ${this.status ?? this.state}${this.err ? `: ${this.err}` : ''})`;
  }

  /** @internal Begins to follow at once; `wait()` may come much later, or, as `waited` tells, follows right now. */
  attach({ waited = false } = {}): this {
    if (!this.isToken) this.#follower.follow(waited);
    return this;
  }

  /** @internal What the server said last, with its secrets. */
  get data(): OperationData | undefined {
    return this.#tracker.data;
  }

  /** @internal Whether it only stands for a token, and ends when somebody uses that. */
  get isToken(): boolean {
    return this.class === 'token';
  }
}

/** Refuses what no wait can do with, before anything is sent. @throws InvalidInputError */
export function assertWaiting({ timeout, onProgress }: OperationOptions): void {
  milliseconds(timeout);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new InvalidInputError('onProgress must be a function');
}

function time(value: string | undefined): Date | null {
  return value && !value.startsWith('0001-') ? new Date(value) : null;
}

function capitalised(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
