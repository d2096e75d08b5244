import type { Clock } from './clock.js';
import { Refusal } from './refusal.js';
import { stamp } from './time.js';

/** The states that the fake's operations know, by the code that travels with them. */
const statusNames = { 103: 'Running', 200: 'Success', 400: 'Failure', 401: 'Cancelled' } as const;
type StatusCode = keyof typeof statusNames;

/** What an operation is to do, and how it is to look. */
export interface OperationSpec {
  project: string;
  description: string;
  resources: Record<string, string[]> | null;
  class?: 'task' | 'websocket' | 'token';
  metadata?: Record<string, unknown>;
  mayCancel?: boolean;
  /** How long it runs, in milliseconds; the server's `operationTime` otherwise; `Infinity` if it ends by `finish()`. */
  time?: number;
  /** Without end of its own it ends soon all the same: a fault that was asked for strikes at that end. */
  endsItself?: boolean;
  /** The work itself, done at the end of its time: what it throws makes the operation fail. Longer work ends it itself. */
  run?: (operation: Operation) => void | Promise<void>;
  /** Of the class `websocket`: what takes the socket, one of ws, whose types our users need not have, of who knows this secret. */
  connect?: (secret: string) => ((socket: never) => void) | undefined;
}

/** One operation from its creation until it is forgotten. */
export class Operation {
  readonly #clock: Clock;
  readonly #changed: (operation: Operation) => void;
  readonly createdAt: string;
  updatedAt: string;
  statusCode: StatusCode = 103;
  error = '';
  /** What Incus's `/wait` names as the code of the failure; the operation itself always says 400. */
  errorCode = 0;
  metadata: Record<string, unknown> | null;
  readonly #waiting = new Set<() => void>();
  readonly #over = new AbortController();

  constructor(
    readonly id: string,
    readonly spec: OperationSpec,
    clock: Clock,
    changed: (operation: Operation) => void,
  ) {
    this.#clock = clock;
    this.#changed = changed;
    this.createdAt = stamp(clock);
    this.updatedAt = this.createdAt;
    this.metadata = spec.metadata ?? null;
  }

  get isFinal(): boolean {
    return this.statusCode >= 200;
  }

  get statusName(): string {
    return statusNames[this.statusCode];
  }

  /** Fires when it ends, so that what it is at stops. */
  get signal(): AbortSignal {
    return this.#over.signal;
  }

  /** Adds to the metadata, as progress does. */
  update(metadata: Record<string, unknown>): void {
    this.replace({ ...this.metadata, ...metadata });
  }

  /** Other metadata, as that of the next stage is. */
  replace(metadata: Record<string, unknown>): void {
    if (this.isFinal) return;
    this.metadata = metadata;
    this.updatedAt = stamp(this.#clock);
    this.#changed(this);
  }

  /** Does the work; an operation that has ended meanwhile does nothing more. */
  finish(): void {
    if (this.isFinal) return;
    try {
      const work = this.spec.run?.(this);
      if (!work) this.end(200);
      else
        work.then(
          () => this.end(200),
          (error: unknown) => this.#fail(error),
        );
    } catch (error) {
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.isFinal) return;
    this.error = error instanceof Error ? error.message : String(error);
    this.errorCode = error instanceof Refusal ? error.status : 500;
    this.end(400);
  }

  end(statusCode: StatusCode): void {
    if (this.isFinal) return;
    this.statusCode = statusCode;
    this.#over.abort();
    this.#changed(this);
    for (const done of [...this.#waiting]) done();
    this.#waiting.clear();
  }

  /** It does nothing more, and tells nobody. */
  abandon(): void {
    this.statusCode = 401;
    this.#over.abort();
    this.#waiting.clear();
  }

  /** Calls back at the end, at once if that is past; the returned function calls it off. */
  whenFinal(callback: () => void): () => void {
    if (this.isFinal) callback();
    else this.#waiting.add(callback);
    return () => this.#waiting.delete(callback);
  }

  /** As the servers print it. */
  toJSON(): Record<string, unknown> {
    return {
      id: this.id,
      class: this.spec.class ?? 'task',
      description: this.spec.description,
      created_at: this.createdAt,
      updated_at: this.updatedAt,
      status: this.statusName,
      status_code: this.statusCode,
      resources: this.spec.resources,
      metadata: this.metadata,
      // That of a token says so for ever.
      may_cancel: this.spec.class === 'token' || (!this.isFinal && (this.spec.mayCancel ?? false)),
      err: this.error,
      location: 'none',
    };
  }
}
