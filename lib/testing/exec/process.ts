import type { Readable, Writable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { finished } from 'node:stream/promises';
import type { FileSystem } from '../files/file-system.js';
import type { Chance } from '../state/chance.js';
import type { Clock } from '../state/clock.js';
import type { FakeCommand } from './command.js';
import { filesFrom, type FakeFiles } from './files.js';
import { writableTo, write, type Sink } from './sink.js';
import { Window, type WindowSize } from './window.js';

/** What a process is, beside its streams. */
export interface ProcessSpec {
  instance: string;
  project: string;
  command: readonly string[];
  environment: Readonly<Record<string, string>>;
  /** What the runtime adds, of which the operation does not tell. */
  runtime?: Readonly<Record<string, string>>;
  cwd: string;
  user: number;
  group: number;
  interactive: boolean;
  files: FileSystem;
  clock: Clock;
  chance: Chance;
  /** Shows what is written to `/dev/console`. */
  show: Sink;
}

/** Signals that do nothing to who does not ask for them. */
const harmless = new Set([17, 18, 23, 28]);

/** A command while it runs. */
export class Process implements FakeCommand {
  readonly stdout: Writable;
  readonly stderr: Writable;
  readonly #killing: AbortController;
  readonly #signalListeners: ((signal: number) => void)[] = [];

  constructor(
    readonly spec: ProcessSpec,
    readonly stdin: Readable,
    out: Sink,
    err: Sink,
    killing = new AbortController(),
    readonly window = new Window(),
  ) {
    this.#killing = killing;
    // As with a pipe that nobody reads any more.
    const broken = (): void => this.kill(13);
    this.stdout = writableTo(out, broken);
    this.stderr = writableTo(err, broken);
  }

  get instance(): string {
    return this.spec.instance;
  }

  get project(): string {
    return this.spec.project;
  }

  get command(): readonly string[] {
    return this.spec.command;
  }

  get environment(): Readonly<Record<string, string>> {
    return { ...this.spec.environment, ...this.spec.runtime };
  }

  get cwd(): string {
    return this.spec.cwd;
  }

  get user(): number {
    return this.spec.user;
  }

  get group(): number {
    return this.spec.group;
  }

  get interactive(): boolean {
    return this.spec.interactive;
  }

  get terminal(): WindowSize {
    return this.window.size;
  }

  get signal(): AbortSignal {
    return this.#killing.signal;
  }

  // Handlers take a command apart, so these must not need their `this`.
  readonly input = (): Promise<string> => text(this.stdin);

  readonly onSignal = (listener: (signal: number) => void): void => {
    this.#signalListeners.push(listener);
  };

  readonly onResize = (listener: (size: WindowSize) => void): void => this.window.onResize(listener);

  /** Sends it a signal. */
  kill(signal: number): void {
    if (signal !== 9 && this.#signalListeners.length > 0) {
      for (const listener of this.#signalListeners) listener(signal);
    } else if (!harmless.has(signal)) {
      this.#killing.abort(signal);
    }
  }

  resize(columns: number, rows: number): void {
    this.window.resize(columns, rows);
    this.kill(28);
  }

  /** The same process, running another program. */
  as(command: readonly string[]): Process {
    const to =
      (stream: Writable): Sink =>
      (bytes) =>
        write(stream, bytes);
    const spec = { ...this.spec, command };
    return new Process(spec, this.stdin, to(this.stdout), to(this.stderr), this.#killing, this.window);
  }

  /** The files of the instance, from its working directory on. */
  get files(): FakeFiles {
    return filesFrom(this.spec.files, this.cwd, this.spec.clock);
  }

  /** Another command, with the same input unless told otherwise, killed with this one. */
  child(
    command: readonly string[],
    environment: Readonly<Record<string, string>>,
    cwd: string,
    out: Sink,
    err: Sink,
    stdin = this.stdin,
  ): Process {
    const spec = { ...this.spec, command, environment, cwd };
    return new Process(spec, stdin, out, err, this.#killing, this.window);
  }

  /** Waits for what it runs, or for its end by a signal, and until all that it wrote has been taken. */
  async run(work: (process: Process) => Promise<number>): Promise<number> {
    const code = await Promise.race([work(this), this.#killed()]);
    await Promise.all([this.stdout, this.stderr].map(async (stream) => this.#close(stream)));
    return code;
  }

  #killed(): Promise<number> {
    const { signal } = this;
    return new Promise((resolve) => {
      const end = (): void => resolve(128 + Number(signal.reason));
      if (signal.aborted) end();
      else signal.addEventListener('abort', end, { once: true });
    });
  }

  async #close(stream: Writable): Promise<void> {
    if (stream.destroyed) return;
    stream.end();
    await finished(stream).catch(() => undefined);
  }
}
