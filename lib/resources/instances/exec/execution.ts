import type { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { NotFoundError, onAbort, OperationError } from '../../../errors/index.js';
import { start, type Operation, type OperationData } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { allOf, closeAll, openSockets, type Sockets } from './connection.js';
import { assertCwd } from './cwd.js';
import { Control } from './control.js';
import { Failures } from './failures.js';
import { Input } from './input.js';
import type { ExecPlan } from './options.js';
import { exitCodeOf, failureOf, resultOf, type ExecResult, type Written } from './outcome.js';
import { Output } from './output.js';
import { inOrder, tapOf } from './tap.js';

/** Times in ms. */
const times = {
  /** For output that is still on its way when the command has ended, as long as none comes. */
  drain: 5_000,
  /** For the end of a command whose connection is cut: the server may have ended both. */
  verdict: 1_000,
  /** For the end of a command that was killed. */
  killed: 3_000,
  /** For a command whose terminal was hung up, before it is killed. */
  hangUp: 1_000,
  /** Between two looks at a command that has closed its outputs: the answer that tells its end may be lost. */
  look: 5_000,
};

/** One command that runs, from the request to its result. */
export class Execution {
  readonly input: Input;
  readonly control = new Control();
  /** Whether somebody writes to its input by hand. */
  inputTaken = false;
  operation: Operation<OperationData> | undefined;
  readonly #session: Session;
  readonly #path: string;
  readonly #where: string;
  readonly #plan: ExecPlan;
  readonly #failures: Failures;
  #fail: (error: Error) => void = () => undefined;
  readonly #failed = new Promise<never>((_resolve, reject) => (this.#fail = reject));
  readonly #closing = new AbortController();
  readonly #stdout: Output;
  readonly #stderr: Output;
  readonly #streams: { stdout?: Readable; stderr?: Readable; all?: Readable } = {};
  #sockets: Sockets = {};
  #over = false;
  #dead = false;

  constructor(session: Session, path: string, where: string, plan: ExecPlan) {
    this.#session = session;
    this.#path = path;
    this.#where = where;
    this.#plan = plan;
    this.#failures = new Failures(plan, where, path, () => this.operation?.id);
    this.input = new Input(plan.interactive, () => {
      this.#stdout.leave(); // a terminal has but one line
    });
    const output = (name: string) =>
      new Output({
        keep: plan.buffer,
        limit: plan.maxBuffer,
        left: () => {
          if (plan.interactive) void this.#hangUp();
          return !plan.interactive;
        },
        exceeded: () => {
          this.#fail(this.#failures.tooMuch(name, this.#written));
        },
      });
    this.#stdout = output('stdout');
    this.#stderr = output('stderr');
    this.#failed.catch(() => undefined);
  }

  get stdout(): Readable {
    return (this.#streams.stdout ??= tapOf([this.#stdout]));
  }

  get stderr(): Readable {
    return (this.#streams.stderr ??= tapOf([this.#stderr]));
  }

  /** Both, as they come. */
  get all(): Readable {
    return (this.#streams.all ??= tapOf([this.#stdout, this.#stderr]));
  }

  /** Somebody waits for its end: what nobody takes before the next tick will not hold it up. */
  awaited(): void {
    if (this.#plan.buffer) return;
    setImmediate(() => {
      this.#stdout.discard();
      this.#stderr.discard();
    });
  }

  /** Runs it. Whatever happens, no socket, timer or listener is left. */
  async run(): Promise<ExecResult<string | Buffer>> {
    const { signal, timeout } = this.#plan;
    const off = onAbort(signal, () => {
      this.#fail(this.#failures.aborted());
    });
    const timer = timeout
      ? setTimeout(() => {
          this.#fail(this.#failures.late());
        }, timeout)
      : undefined;
    let error: Error | undefined;
    try {
      if (signal?.aborted) throw this.#failures.aborted();
      const running = this.#run();
      running.catch(() => undefined); // it may fail after the race is over
      return await Promise.race([running, this.#failed]);
    } catch (reason) {
      error = reason as Error;
      await this.#kill();
      throw this.#failures.withWritten(error, this.#written);
    } finally {
      this.#over = true;
      clearTimeout(timer);
      off();
      this.#closing.abort('over'); // without a reason it makes an error with a stack, which takes time
      closeAll(this.#sockets);
      this.input.close();
      this.#stdout.settle(error);
      this.#stderr.settle(error);
      this.control.close();
    }
  }

  async #run(): Promise<ExecResult<string | Buffer>> {
    const { body, checkedCwd } = this.#plan;
    if (checkedCwd !== undefined) {
      await assertCwd(this.#session, this.#path, this.#where, checkedCwd, this.#closing.signal);
    }
    const request = { method: 'POST', path: `${this.#path}/exec`, body, signal: this.#closing.signal };
    const operation = await start(this.#session, request, (data) => data, { waited: true });
    this.operation = operation;
    let asked: Promise<OperationData | OperationError> | undefined;
    const ended = async () => (asked ??= this.#end(operation));
    await this.#connect(operation, ended);
    void this.#look(operation);
    const end = await ended();
    const exitCode = exitCodeOf(end);
    if (exitCode === undefined) throw this.#failures.notRun(operation.err);
    await this.#drain();
    const started = !(end instanceof OperationError); // else the server need not have told the end of the outputs
    if (started && !this.#isWhole) throw this.#failures.cut('output');
    const result = resultOf(this.#plan, exitCode, this.#written);
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
        this.control.attach(socket, () => {
          this.#dead = true;
          this.#fail(this.#failures.silent());
        });
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
      if (input) this.#stdout.attach(input);
      this.#stderr.none();
      // Told of the end, the server waits for us to leave the terminal.
      input?.on('message', (_data: Buffer, isBinary: boolean) => {
        if (!isBinary) input.close();
      });
    } else {
      if (stdout) this.#stdout.attach(stdout);
      if (stderr) this.#stderr.attach(stderr);
    }
    for (const output of [this.#stdout, this.#stderr]) {
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
    this.#fail(this.#failures.cut(what));
  }

  /** Whether all output is there. */
  get #isWhole(): boolean {
    return this.#stdout.isWhole && this.#stderr.isWhole;
  }

  /** Looks at the command itself once it has told all: else a lost answer would keep us waiting for good. */
  async #look(operation: Operation<OperationData>): Promise<void> {
    await Promise.all([this.#stdout.ended, this.#stderr.ended]);
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
    const outputs = [this.#stdout, this.#stderr];
    const all = Promise.all(outputs.map(({ ended }) => ended)).then(() => true);
    for (;;) {
      const before = outputs.map(({ received }) => received).join();
      if (await Promise.race([all, delay(times.drain, false, { ref: false })])) return;
      const idle = before === outputs.map(({ received }) => received).join();
      if (idle && !outputs.some(({ isPaused }) => isPaused)) return;
    }
  }

  /**
   * The consumer of a terminal has left it, which no server notices by itself. As with a line that is dropped, the command
   * gets SIGHUP, and is killed if it goes on. Its socket stays until the server tells the end: LXD 5.0 keeps the operation
   * of a terminal that is gone before that until the daemon ends (1 in 20).
   */
  async #hangUp(): Promise<void> {
    this.control.signal(1);
    await this.control.attached;
    await this.#pause(times.hangUp);
    if (this.#over) return;
    this.control.close(); // the server kills it then
    await this.#pause(times.killed);
    if (!this.#over && this.operation?.state === 'running') await this.#cancel(this.operation);
  }

  /** Sees to it that the command does not go on without us. */
  async #kill(): Promise<void> {
    const { operation } = this;
    if (operation?.state !== 'running') return;
    this.control.signal(9);
    const ended = operation.wait({ timeout: times.killed }).catch(() => undefined);
    if (!this.#dead) await Promise.race([ended, this.control.closed]);
    this.control.close(); // the server kills it then
    if (!this.#dead) await ended; // else its end is not heard of, though a new connection may reach the server
    if (operation.state === 'running') await this.#cancel(operation);
  }

  /** Over a link that may be dead, so that it must not take long. */
  async #cancel({ id }: Operation<OperationData>): Promise<void> {
    const request = { method: 'DELETE', path: `/1.0/operations/${id}`, timeout: times.killed };
    await this.#session.send(request).catch(() => undefined);
  }

  /** Waits so many ms, unless it is over before. */
  async #pause(ms: number): Promise<void> {
    await delay(ms, undefined, { ref: false, signal: this.#closing.signal }).catch(() => undefined);
  }

  get #written(): Written {
    const outputs = [this.#stdout, this.#stderr];
    const kept = this.#plan.buffer ? inOrder(outputs) : [];
    const all = this.#plan.all ? Buffer.concat(kept.map(({ data }) => data)) : undefined;
    return { stdout: this.#stdout.collected, stderr: this.#stderr.collected, all };
  }
}
