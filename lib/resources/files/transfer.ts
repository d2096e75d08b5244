import { inspect } from 'node:util';
import {
  AbortedError,
  ClosedError,
  ConnectionError,
  InvalidInputError,
  TransferError,
  type TransferReport,
} from '../../errors/index.js';
import type { FileAttributes } from './info.js';

/** How far a copy is. */
export interface TransferProgress {
  /** What was copied last, relative to the root of the tree; empty for the root. */
  path: string;
  files: number;
  bytes: number;
}

export interface PullOptions {
  /** How many files at a time; 8 by default, and never more than 32, which is as many streams as a client has. */
  concurrency?: number | undefined;
  onProgress?: ((progress: TransferProgress) => void) | undefined;
  signal?: AbortSignal | undefined;
}

/** Owner and mode of what is new. Without `mode`, which is for files, each has that of the local one. */
export interface PushOptions extends PullOptions, FileAttributes {}

export type { TransferReport };

const usualConcurrency = 8;
const maxConcurrency = 32;

/** One thing to copy, named by its path relative to the root of the tree. */
interface Task {
  path: string;
  work: () => Promise<void>;
}

/** Copies many things, so many at a time, and keeps the account of it. */
export class Transfer {
  readonly report: TransferReport = { files: 0, directories: 0, links: 0, bytes: 0, skipped: [] };
  readonly #options: PullOptions;
  readonly #concurrency: number;
  readonly #queue: Task[] = [];
  readonly #failed: { path: string; error: Error }[] = [];
  #running = 0;
  #stopped: Error | undefined;
  #idle: () => void = () => undefined;

  constructor(options: PullOptions) {
    const { concurrency = usualConcurrency } = options;
    if (!Number.isInteger(concurrency) || concurrency < 1) {
      throw new InvalidInputError(
        `files: concurrency is ${inspect(concurrency)}; it must be a whole number from 1 on`,
      );
    }
    this.#concurrency = Math.min(concurrency, maxConcurrency);
    this.#options = options;
  }

  get signal(): AbortSignal | undefined {
    return this.#options.signal;
  }

  /** Adds what comes to light while others are copied too. */
  add(path: string, work: () => Promise<void>): void {
    this.#queue.push({ path, work });
    this.#next();
  }

  skip(path: string, reason: string): void {
    this.report.skipped.push({ path, reason });
  }

  /** Counts what was copied. */
  count(kind: 'files' | 'directories' | 'links', path: string, bytes = 0): void {
    this.report[kind] += 1;
    this.report.bytes += bytes;
    const { files, bytes: all } = this.report;
    this.#options.onProgress?.({ path, files, bytes: all });
  }

  /** Resolves when all that was added is done, well or not. */
  async settled(): Promise<void> {
    if (this.#running > 0) await new Promise<void>((resolve) => (this.#idle = resolve));
  }

  /** The account, or an error with it. */
  close(what: string): TransferReport {
    const notTried = this.#queue.map(({ path }) => path);
    if (this.#failed.length === 0 && notTried.length === 0) return this.report;
    const [first] = this.#failed;
    const { files, directories, links } = this.report;
    const message =
      `${what}: ${String(this.#failed.length)} failed` +
      (notTried.length > 0 ? `, ${String(notTried.length)} and what is in them were not tried` : '') +
      `, ${String(files + directories + links)} were copied` +
      (first ? `; first ${JSON.stringify(first.path || '.')}: ${first.error.message}` : '');
    throw new TransferError(message, this.#stopped ?? first?.error, this.report, this.#failed, notTried);
  }

  #next(): void {
    while (!this.#stopped && this.#running < this.#concurrency) {
      const task = this.#queue.shift();
      if (!task) break;
      this.#running += 1;
      void this.#carryOut(task);
    }
    if (this.#running === 0) this.#idle();
  }

  async #carryOut({ path, work }: Task): Promise<void> {
    try {
      this.#assertNotAborted();
      await work();
    } catch (error) {
      this.#failed.push({ path, error: error as Error });
      // Without the server, or by the caller's wish, there is no sense in trying the others.
      const over =
        error instanceof ConnectionError || error instanceof ClosedError || error instanceof AbortedError;
      if (over) this.#stopped = error;
    }
    this.#running -= 1;
    this.#next();
  }

  #assertNotAborted(): void {
    const { signal } = this.#options;
    if (signal?.aborted) throw new AbortedError('The copy was aborted', { cause: signal.reason });
  }
}
