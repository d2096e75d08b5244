import { PassThrough } from 'node:stream';
import type { FileSystem } from '../../files/file-system.js';
import type { Process } from '../process.js';
import { write } from '../sink.js';
import { builtins } from './builtins.js';
import { compound } from './compounds.js';
import { fieldsOf, textOf, type Expanding } from './expand.js';
import { Leave, ShellError, type Scope } from './scope.js';
import { redirected, RedirectError, type Streams } from './streams.js';
import type { AndOr, Command, Pipeline, Script, Simple } from './syntax.js';

/** The programs that the instance has. */
export interface Programs {
  /** Runs one; 127 is "there is none". */
  readonly run: (child: Process) => Promise<number>;
  readonly knows: (name: string) => boolean;
}

/** Runs what a script says. */
export class Interpreter implements Expanding {
  /** In how many loops it is. */
  loops = 0;
  /** In how much that is run to see how it goes: there `set -e` ends nothing. */
  #asked = 0;
  /** The exit code of the last `$(…)`, which is that of an assignment. */
  #outputCode: number | undefined;
  /** Those that `exec` has set for good. */
  #kept: Streams | undefined;

  constructor(
    readonly process: Process,
    readonly scope: Scope,
    readonly programs: Programs,
    public streams: Streams,
  ) {}

  get files(): FileSystem {
    return this.process.spec.files;
  }

  /** Runs commands one after the other; the code is that of the last. @throws Leave */
  async script(script: Script): Promise<number> {
    for (const one of script) {
      const { signal } = this.process;
      if (signal.aborted) throw new Leave('shell', 128 + Number(signal.reason));
      this.scope.code = await this.#andOr(one);
    }
    return this.scope.code;
  }

  /** Says what went wrong. */
  async complain(text: string, builtin?: string): Promise<void> {
    await this.streams.err(Buffer.from(`${this.scope.lead(builtin)}${text}\n`));
  }

  async say(text: string): Promise<void> {
    await this.streams.out(Buffer.from(text));
  }

  /** What commands write to their output. */
  async output(script: Script): Promise<string> {
    const pieces: Buffer[] = [];
    const out = async (bytes: Buffer): Promise<void> => {
      pieces.push(bytes);
      return Promise.resolve();
    };
    const inner = this.fork({ ...this.streams, out });
    this.#outputCode = await inner.isolated(async (shell) => shell.script(script));
    return Buffer.concat(pieces).toString().replace(/\n+$/, '');
  }

  /** Runs work in a shell that ends by itself. */
  async isolated(work: (shell: Interpreter) => Promise<number>): Promise<number> {
    try {
      return await work(this);
    } catch (error) {
      if (error instanceof Leave) return error.code;
      if (!(error instanceof ShellError)) throw error;
      await this.complain(error.message);
      return 2;
    }
  }

  /** A shell of its own, that knows what this one does and changes nothing here. */
  fork(streams = this.streams): Interpreter {
    const { spec } = this.process;
    const { stdin, out, err } = streams;
    const process = this.process.child(spec.command, {}, this.scope.cwd, out, err, stdin);
    const inner = new Interpreter(process, this.scope.copy(), this.programs, streams);
    inner.#asked = this.#asked;
    return inner;
  }

  /** Runs what is only run to see how it goes. */
  async asked<T>(work: () => Promise<T>): Promise<T> {
    this.#asked++;
    try {
      return await work();
    } finally {
      this.#asked--;
    }
  }

  /** Has the shell go on with the streams of now. */
  keepStreams(): void {
    this.#kept = this.streams;
  }

  async #within<T>(streams: Streams, work: () => Promise<T>): Promise<T> {
    const before = this.streams;
    this.streams = streams;
    try {
      return await work();
    } finally {
      this.streams = this.#kept ?? before;
      this.#kept = undefined;
    }
  }

  async #andOr({ first, rest }: AndOr): Promise<number> {
    let code = await this.#judged(first, rest.length > 0);
    for (const [index, { when, pipeline }] of rest.entries())
      if ((when === '&&') === (code === 0)) code = await this.#judged(pipeline, index < rest.length - 1);
    return code;
  }

  /** Runs a pipeline, whose failure may be the end. */
  async #judged(pipeline: Pipeline, isAsked: boolean): Promise<number> {
    const run = async (): Promise<number> => this.#pipeline(pipeline);
    const isFree = isAsked || pipeline.isNegated;
    const code = isFree ? await this.asked(run) : await run();
    this.scope.code = code;
    if (code !== 0 && !isFree && this.#asked === 0 && this.scope.options.has('errexit'))
      throw new Leave('shell', code);
    return code;
  }

  async #pipeline({ commands, isNegated }: Pipeline): Promise<number> {
    const [only] = commands;
    const code = only && commands.length === 1 ? await this.#command(only) : await this.#side(commands);
    return isNegated ? Number(code === 0) : code;
  }

  /** Side by side, each in a shell of its own. */
  async #side(commands: readonly Command[]): Promise<number> {
    const { streams } = this;
    let input = streams.stdin;
    const running = commands.map(async (command, index) => {
      const stdin = input;
      const pipe = index < commands.length - 1 ? new PassThrough() : undefined;
      if (pipe) input = pipe;
      const out: Streams['out'] = async (bytes) => {
        if (!pipe) return streams.out(bytes);
        if (pipe.destroyed) stage.process.kill(13);
        return write(pipe, bytes);
      };
      const stage = this.fork({ ...streams, stdin, out });
      try {
        return await stage.isolated(async (shell) => shell.#command(command));
      } finally {
        pipe?.end();
        if (stdin !== streams.stdin) stdin.destroy(); // who still writes to it is ended by that
      }
    });
    const codes = await Promise.all(running);
    const failed = this.scope.options.has('pipefail') ? codes.findLast((code) => code !== 0) : undefined;
    return failed ?? codes.at(-1) ?? 0;
  }

  async #command(command: Command): Promise<number> {
    this.scope.line = command.line;
    if (command.kind === 'function') {
      this.scope.functions.set(command.name, command.body);
      return 0;
    }
    try {
      if (command.kind === 'simple') return await this.#simple(command);
      const streams = await redirected(command.redirects, this);
      return await this.#within(streams, async () => compound(this, command));
    } catch (error) {
      if (!(error instanceof RedirectError)) throw error;
      await this.complain(error.message);
      return 1;
    }
  }

  async #simple({ assignments, words, redirects }: Simple): Promise<number> {
    const { scope } = this;
    this.#outputCode = undefined;
    const [name, ...args] = await fieldsOf(words, this);
    const values = new Map<string, string>();
    for (const assignment of assignments) {
      const value = await textOf(assignment.value, this);
      if (name === undefined) scope.set(assignment.name, value);
      values.set(assignment.name, value);
    }
    if (scope.options.has('xtrace')) {
      const own = [...values].map(([key, value]) => `${key}=${value}`);
      const shown = [...own, ...(name === undefined ? [] : [name, ...args])].map(quoted);
      await this.streams.err(Buffer.from(`+ ${shown.join(' ')}\n`));
    }
    const streams = await redirected(redirects, this);
    if (name === undefined) return this.#outputCode ?? 0;
    return this.#within(streams, async () => {
      const body = scope.functions.get(name);
      if (body) return this.#assigned(values, async () => this.#call(body, args));
      const builtin = builtins.get(name);
      if (builtin) return this.#assigned(values, async () => builtin(this, args));
      return this.program([name, ...args], values);
    });
  }

  /** Runs a program with these variables beside those that are exported. */
  async program(
    command: readonly string[],
    values?: ReadonlyMap<string, string>,
    builtin?: string,
  ): Promise<number> {
    const [name = '', ...args] = command;
    if (name === '') {
      await this.complain(': Permission denied');
      return 127;
    }
    const { out, err, stdin } = this.streams;
    const environment = this.scope.environment(values);
    const child = this.process.child(command, environment, this.scope.cwd, out, err, stdin, this.scope.name);
    const code = await child.run(this.programs.run);
    if (!child.isMissing) return code;
    if (child.isScript) return this.program(['sh', name, ...args], values);
    await this.complain(`${name}: ${code === 127 ? 'not found' : 'Permission denied'}`, builtin);
    return code;
  }

  /** Has variables for the time of a call. */
  async #assigned<T>(values: ReadonlyMap<string, string>, work: () => Promise<T>): Promise<T> {
    const { scope } = this;
    const before = new Map([...values.keys()].map((key) => [key, scope.variables.get(key)]));
    for (const [key, value] of values) scope.set(key, value);
    try {
      return await work();
    } finally {
      scope.restore(before);
    }
  }

  async #call(body: Command, args: readonly string[]): Promise<number> {
    const { scope } = this;
    const { positional } = scope;
    scope.positional = args;
    scope.locals.push(new Map());
    try {
      return await this.#command(body);
    } catch (error) {
      if (!(error instanceof Leave) || error.from !== 'function') throw error;
      return error.code;
    } finally {
      scope.positional = positional;
      scope.restore(scope.locals.pop() ?? new Map());
    }
  }
}

/** A word as `set -x` shows it. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
