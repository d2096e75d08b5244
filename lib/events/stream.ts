import { AbortedError, EventsMissedError, onAbort } from '../errors/index.js';
import type { EventName, ServerEvent } from './event.js';

/** What a stream is made of. */
export interface StreamSource {
  /** How many events wait for a slow consumer before some are left out. */
  bufferSize: number;
  /** Whether the consumer asked to be told of missed events by an event; else it is told by an error. */
  tellsMissed: boolean;
  signal: AbortSignal | undefined;
  /** Called once, when nobody listens any more, with what ended it if it was no wish. */
  close: (error: Error | undefined) => void;
  ready: Promise<void>;
  wanted: (event: ServerEvent) => boolean;
}

/** Events as an async iterable. It listens from the start, not from the first `next()`; `break` ends it. */
export class EventStream<T extends EventName = EventName>
  implements AsyncIterableIterator<ServerEvent<T>>, AsyncDisposable
{
  readonly #source: StreamSource;
  readonly #buffer: ServerEvent<T>[] = [];
  #missed: ServerEvent<'missed'> | undefined;
  #end: { error?: Error } | undefined;
  /** Those that wait in `next()`. */
  readonly #waiting = new Set<() => void>();
  readonly #offAbort: () => void;

  /** @internal Use `client.events.listen()`. */
  constructor(source: StreamSource) {
    this.#source = source;
    const { signal } = source;
    const abort = () => {
      this.fail(new AbortedError('Listening to events was aborted', { cause: signal?.reason }));
    };
    this.#offAbort = onAbort(signal, abort);
    if (signal?.aborted) abort();
  }

  /** Resolves when every event from now on comes; rejects if none will. Nobody needs to wait for it. */
  get ready(): Promise<void> {
    return this.#source.ready;
  }

  /** The next event; `done` after `return()`. */
  async next(): Promise<IteratorResult<ServerEvent<T>, undefined>> {
    for (;;) {
      const event = this.#buffer.shift() ?? this.#takeMissed();
      if (event) return { done: false, value: event };
      if (this.#end) {
        const { error } = this.#end;
        this.#end = {}; // told once; from then on it is just over
        if (error) throw error;
        return { done: true, value: undefined };
      }
      await new Promise<void>((resolve) => this.#waiting.add(resolve));
    }
  }

  return(): Promise<IteratorResult<ServerEvent<T>, undefined>> {
    this.#buffer.length = 0;
    this.#missed = undefined;
    this.#over({});
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return();
  }

  /** @internal Takes an event from the socket. */
  push(event: ServerEvent): void {
    if (this.#end || !this.#source.wanted(event)) return;
    // Once some are left out all are, until the consumer has come to the gap: else it would not know where it is.
    if (this.#missed || this.#buffer.length >= this.#source.bufferSize) this.#leaveOut(event);
    else this.#buffer.push(event as ServerEvent<T>);
    this.#wake();
  }

  /** @internal Ends it with an error, after what is in the buffer. */
  fail(error: Error): void {
    this.#over({ error });
  }

  #leaveOut(event: ServerEvent): void {
    this.#missed ??= {
      type: 'missed',
      timestamp: new Date(),
      project: undefined,
      location: undefined,
      metadata: { count: 0, types: {}, since: event.timestamp, until: event.timestamp },
    };
    const { metadata } = this.#missed;
    metadata.count += 1;
    metadata.types[event.type] = (metadata.types[event.type] ?? 0) + 1;
    metadata.until = event.timestamp;
  }

  /** The gap, when the consumer has come to it. */
  #takeMissed(): ServerEvent<T> | undefined {
    const missed = this.#missed;
    if (!missed) return undefined;
    this.#missed = undefined;
    if (this.#source.tellsMissed) return missed as ServerEvent as ServerEvent<T>;
    this.#over({});
    throw new EventsMissedError(
      `${String(missed.metadata.count)} events were left out, since the consumer was slower than they came: ` +
        "list anew and listen again; ask for 'missed' in `types` to go on instead, or for a larger `bufferSize`",
      missed.metadata.count,
    );
  }

  #over(end: { error?: Error }): void {
    if (!this.#end) {
      this.#end = end;
      this.#offAbort();
      this.#source.close(end.error);
    }
    this.#wake();
  }

  #wake(): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const resolve of waiting) resolve();
  }
}
