import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  ConnectionError,
  MaxBufferError,
  NotFoundError,
  OperationError,
  TimeoutError,
} from '../../../errors/index.js';
import { start, type Operation, type OperationData } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { allOf, closeAll, openSockets, type Sockets } from './connection.js';
import { Control } from './control.js';
import { Input } from './input.js';
import type { ExecPlan } from './options.js';
import { exitCodeOf, failureOf, resultOf, type ExecResult } from './outcome.js';
import { Output } from './output.js';

/** Times in ms. */
const times = {
  /** For output that is still on its way when the command has ended, as long as none comes. */
  drain: 5_000,
  /** For the end of a command whose connection is cut: the server may have ended both. */
  verdict: 1_000,
  /** For the end of a command that was killed. */
  killed: 3_000,
  /** Between two looks at a command that has closed its outputs: the answer that tells its end may be lost. */
  look: 5_000,
};

/** One command that runs, from the request to its result. */
export class Execution {
  readonly input: Input;
  readonly stdout: Output;
  readonly stderr: Output;
  readonly control = new Control();
  /** Whether somebody writes to its input by hand. */
  inputTaken = false;
  operation: Operation<OperationData> | undefined;
  readonly #session: Session;
  readonly #path: string;
  readonly #where: string;
  readonly #plan: ExecPlan;
  #fail: (error: Error) => void = () => undefined;
  readonly #failed = new Promise<never>((_resolve, reject) => (this.#fail = reject));
  readonly #closing = new AbortController();
  #sockets: Sockets = {};
  #over = false;

  constructor(session: Session, path: string, where: string, plan: ExecPlan) {
    this.#session = session;
    this.#path = path;
    this.#where = where;
    this.#plan = plan;
    this.input = new Input(plan.interactive);
    const output = (name: string) =>
      new Output({
        keep: plan.buffer,
        limit: plan.maxBuffer,
        exceeded: () => {
          this.#fail(this.#tooMuch(name));
        },
      });
    this.stdout = output('stdout');
    this.stderr = output('stderr');
    this.#failed.catch(() => undefined);
  }

  /** Runs it. Whatever happens, no socket, timer or listener is left. */
  async run(): Promise<ExecResult<string | Buffer>> {
    const { signal, timeout } = this.#plan;
    const abort = () => {
      this.#fail(this.#aborted(signal));
    };
    const timer = timeout
      ? setTimeout(() => {
          this.#fail(this.#late());
        }, timeout)
      : undefined;
    signal?.addEventListener('abort', abort, { once: true });
    let error: Error | undefined;
    try {
      if (signal?.aborted) throw this.#aborted(signal);
      const running = this.#run();
      running.catch(() => undefined); // it may fail after the race is over
      return await Promise.race([running, this.#failed]);
    } catch (reason) {
      error = reason as Error;
      await this.#kill();
      throw this.#withOutput(error);
    } finally {
      this.#over = true;
      clearTimeout(timer);
      signal?.removeEventListener('abort', abort);
      this.#closing.abort('over'); // without a reason it makes an error with a stack, which takes time
      closeAll(this.#sockets);
      this.input.close();
      this.stdout.settle(error);
      this.stderr.settle(error);
      this.control.close();
    }
  }

  async #run(): Promise<ExecResult<string | Buffer>> {
    const { body } = this.#plan;
    const request = { method: 'POST', path: `${this.#path}/exec`, body, signal: this.#closing.signal };
    const operation = await start(this.#session, request, (data) => data, { waited: true });
    this.operation = operation;
    let asked: Promise<OperationData | OperationError> | undefined;
    const ended = async () => (asked ??= this.#end(operation));
    await this.#connect(operation, ended);
    void this.#look(operation);
    const end = await ended();
    const exitCode = exitCodeOf(end);
    if (exitCode === undefined) throw this.#notRun(operation);
    await this.#drain();
    const started = !(end instanceof OperationError); // else the server need not have told the end of the outputs
    if (started && !this.#isWhole) throw this.#cut('output');
    const result = resultOf(this.#plan, exitCode, this.stdout.collected, this.stderr.collected);
    if (result.failed && this.#plan.reject) throw failureOf(result, this.#where, operation);
    return result;
  }

  /** Asked for when its sockets are open, which the command waits for; its end is kept for 5 s. */
  async #end(operation: Operation<OperationData>): Promise<OperationData | OperationError> {
    try {
      return await operation.wait({ signal: this.#closing.signal });
    } catch (error) {
      if (error instanceof OperationError && exitCodeOf(error) !== undefined) return error;
      throw error;
    }
  }

  async #connect(operation: Operation<OperationData>, ended: () => Promise<unknown>): Promise<void> {
    const { control, ...streams } = openSockets(this.#session, operation, this.#closing.signal);
    control?.then(
      (socket) => {
        this.control.attach(socket);
      },
      () => {
        this.control.close();
      },
    );
    try {
      this.#sockets = await allOf(streams, operation);
    } catch (error) {
      // If the command is over already, how it ended says more than a socket that is not there.
      await Promise.race([ended(), delay(times.verdict, undefined, { ref: false })]);
      throw error;
    }
    if (this.#over) closeAll(this.#sockets);
    else this.#attach(this.#sockets, operation);
  }

  #attach({ 0: input, 1: stdout, 2: stderr }: Sockets, operation: Operation<OperationData>): void {
    if (input) {
      this.input.attach(input);
      input.once('close', () => void this.#suspect('input', operation));
    }
    if (this.#plan.interactive) {
      if (input) this.stdout.attach(input);
      this.stderr.none();
      // The server waits for us to leave the terminal.
      void this.stdout.ended.then(() => input?.close());
    } else {
      if (stdout) this.stdout.attach(stdout);
      if (stderr) this.stderr.attach(stderr);
    }
    for (const output of [this.stdout, this.stderr]) {
      void output.ended.then(() => (output.isWhole ? undefined : this.#suspect('output', operation)));
    }
    this.#feed();
  }

  #feed(): void {
    const { input, interactive } = this.#plan;
    if (input === 'hand') return;
    if (input === 'auto') {
      if (!this.inputTaken && !interactive) this.input.stream.end();
      return;
    }
    this.input.feed(input.data).catch((error: unknown) => {
      this.#fail(error as Error);
    });
  }

  /** A connection is gone before its time: unless the command has ended too, it was cut. */
  async #suspect(what: 'input' | 'output', operation: Operation<OperationData>): Promise<void> {
    const deadline = performance.now() + times.verdict;
    while (!this.#over && operation.state === 'running' && performance.now() < deadline) {
      await delay(20, undefined, { ref: false });
    }
    if (this.#over || operation.state !== 'running') return;
    // On a slow link the end may still be on its way: the server itself knows.
    await operation.fetch({ signal: this.#closing.signal }).catch(() => undefined);
    if (this.#over || operation.state !== 'running') return;
    if (what === 'input' && this.#isWhole) return; // it has closed all but lives on
    this.#fail(this.#cut(what));
  }

  /** Whether all output is there. */
  get #isWhole(): boolean {
    return this.stdout.isWhole && this.stderr.isWhole;
  }

  /** Looks at the command itself once it has told all: else a lost answer would keep us waiting for good. */
  async #look(operation: Operation<OperationData>): Promise<void> {
    await Promise.all([this.stdout.ended, this.stderr.ended]);
    for (;;) {
      await delay(times.look, undefined, { ref: false });
      if (this.#over || operation.state !== 'running') return;
      await operation.fetch({ signal: this.#closing.signal }).catch((error: unknown) => {
        if (error instanceof NotFoundError) this.#fail(error);
      });
    }
  }

  /** Waits for what is on its way; a slow consumer may take its time. */
  async #drain(): Promise<void> {
    const outputs = [this.stdout, this.stderr];
    const all = Promise.all(outputs.map(({ ended }) => ended)).then(() => true);
    for (;;) {
      const before = outputs.map(({ received }) => received).join();
      if (await Promise.race([all, delay(times.drain, false, { ref: false })])) return;
      const idle = before === outputs.map(({ received }) => received).join();
      if (idle && !outputs.some(({ isPaused }) => isPaused)) return;
    }
  }

  /** Sees to it that the command does not go on without us. */
  async #kill(): Promise<void> {
    const { operation } = this;
    if (operation?.state !== 'running') return;
    this.control.signal(9);
    const ended = operation.wait({ timeout: times.killed }).catch(() => undefined);
    await Promise.race([ended, this.control.closed]);
    this.control.close(); // the server kills it then
    await ended;
    if (operation.state === 'running') await operation.cancel().catch(() => undefined);
  }

  #withOutput(error: Error): Error {
    if (error instanceof TimeoutError || error instanceof AbortedError) {
      Object.defineProperties(error, {
        stdout: { value: this.stdout.collected },
        stderr: { value: this.stderr.collected },
      });
    }
    return error;
  }

  get #name(): string {
    return `${JSON.stringify(this.#plan.command[0])} in ${this.#where}`;
  }

  get #details() {
    return {
      method: 'POST',
      path: `${this.#path}/exec`,
      ...(this.operation ? { operation: this.operation.id } : {}),
    };
  }

  #aborted(signal: AbortSignal | undefined): AbortedError {
    return new AbortedError(`${this.#name}: aborted`, { ...this.#details, cause: signal?.reason });
  }

  #late(): TimeoutError {
    const ms = String(this.#plan.timeout);
    return new TimeoutError(`${this.#name} did not end within ${ms} ms and was killed`, this.#details);
  }

  #tooMuch(name: string): MaxBufferError {
    const limit = String(this.#plan.maxBuffer);
    const message =
      `${this.#name} wrote more than ${limit} bytes to ${name} and was killed: ` +
      'raise `maxBuffer`, or pass `buffer: false` and read the streams';
    const { stdout, stderr } = resultOf(this.#plan, -1, this.stdout.collected, this.stderr.collected);
    return new MaxBufferError(message, { stdout, stderr });
  }

  #cut(what: string): ConnectionError {
    return new ConnectionError(
      `${this.#name}: the connection of its ${what} ended before it was told to; some of it may be missing`,
      this.#details,
    );
  }

  #notRun({ err }: Operation<OperationData>): OperationError {
    const message = `${this.#name} could not be run${err ? `: ${err}` : '; the server does not say why'}`;
    return new OperationError(message, this.#details);
  }
}
