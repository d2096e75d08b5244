import { posix } from 'node:path';
import { createInterface } from 'node:readline';
import { PassThrough, type Writable } from 'node:stream';
import { FileError } from '../files/file-system.js';
import type { Process } from './process.js';
import { write, type Sink } from './sink.js';
import { parseLine, ShellError, type ShellCommand } from './words.js';

/** `sh -c line`, a script among the instance's files, or the lines of its input: enough for what scripts of tests do. */
export async function shell(process: Process, run: (child: Process) => Promise<number>): Promise<number> {
  const session = new Shell(process, run);
  const args = process.command.slice(1);
  while (/^-\w/.test(args[0] ?? '')) {
    const letters = args.shift() ?? '';
    session.set(letters);
    if (letters.includes('c')) return session.line(args[0] ?? '', args.slice(2));
  }
  const [script, ...positional] = args;
  if (script !== undefined && script !== '-') return session.script(script, positional);
  for await (const typed of createInterface({ input: process.stdin })) {
    await session.line(typed, []);
    if (session.ended) break;
  }
  return session.code;
}

class Shell {
  readonly #process: Process;
  readonly #run: (child: Process) => Promise<number>;
  code = 0;
  ended = false;
  #endsAtFailure = false;
  #name = 'sh';
  #cwd: string;
  readonly #variables: Record<string, string>;

  constructor(process: Process, run: (child: Process) => Promise<number>) {
    this.#process = process;
    this.#run = run;
    this.#cwd = process.cwd;
    this.#variables = { ...process.environment };
  }

  /** Takes options, of which `-e` is known: to end at the first command that fails. */
  set(letters: string): void {
    if (/^-.*e/.test(letters)) this.#endsAtFailure = true;
  }

  /** Runs a script among the files. */
  async script(path: string, positional: readonly string[]): Promise<number> {
    const { files } = this.#process.spec;
    this.#name = path;
    try {
      return await this.line(files.read(posix.resolve(this.#cwd, path)).toString(), positional);
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const reason = error.message.replace(/^.*: (.)/s, (_, first: string) => first.toUpperCase());
      await write(this.#process.stderr, `sh: can't open '${path}': ${reason}\n`);
      return 2;
    }
  }

  /** Runs a line; the exit code is that of its last command. */
  async line(text: string, positional: readonly string[]): Promise<number> {
    const variable = (name: string): string => {
      if (name === '?') return String(this.code);
      if (name === '0') return this.#name;
      if (/^\d+$/.test(name)) return positional[Number(name) - 1] ?? '';
      return Object.hasOwn(this.#variables, name) ? (this.#variables[name] ?? '') : '';
    };
    try {
      // Parsed anew for each, since a variable that a line sets is seen by the next command of it.
      for (let index = 0; !this.ended && !this.#process.signal.aborted;) {
        const [first, ...rest] = parseLine(text, variable).slice(index);
        if (!first) break;
        const ends = rest.findIndex(({ when }) => when !== '|');
        const pipeline = [first, ...rest.slice(0, ends < 0 ? rest.length : ends)];
        index += pipeline.length;
        const skipped = first.when === '&&' ? this.code !== 0 : first.when === '||' && this.code === 0;
        if (!skipped) this.code = await this.#pipe(pipeline);
        const isAsked = ['&&', '||'].includes(rest[pipeline.length - 1]?.when ?? '');
        if (this.#endsAtFailure && !skipped && this.code !== 0 && !isAsked) this.ended = true;
      }
    } catch (error) {
      if (!(error instanceof ShellError || error instanceof FileError)) throw error;
      await write(this.#process.stderr, `sh: ${error.message}\n`);
      this.code = 2;
    }
    return this.code;
  }

  /** Runs commands side by side, each with the output of the one before it; the last says how it went. */
  async #pipe(commands: readonly ShellCommand[]): Promise<number> {
    let input: PassThrough | undefined;
    const running = commands.map(async (command, index) => {
      const stdin = input;
      const output = index < commands.length - 1 ? new PassThrough() : undefined;
      input = output;
      try {
        return await this.#execute(command, stdin, output);
      } finally {
        output?.end();
        stdin?.resume(); // who still writes to it must not wait for good
      }
    });
    const codes = await Promise.all(running);
    return codes.at(-1) ?? 0;
  }

  async #execute(
    command: ShellCommand,
    stdin: PassThrough | undefined,
    stdout: Writable | undefined,
  ): Promise<number> {
    const [name = '', ...rest] = command.words;
    const assignment = /^(\w+)=(.*)$/s.exec(name);
    if (assignment?.[1] !== undefined && rest.length === 0) {
      this.#variables[assignment[1]] = assignment[2] ?? '';
      return 0;
    }
    switch (name) {
      case 'exit':
        this.ended = true;
        return rest[0] === undefined ? this.code : Number(rest[0]) & 255;
      case 'cd':
        return this.#changeDirectory(rest[0]);
      case ':':
        return 0;
      case 'set':
        for (const option of rest) this.set(option);
        return 0;
      case 'export':
        for (const word of rest) {
          const [, variable = '', value = ''] = /^(\w+)=(.*)$/s.exec(word) ?? [];
          if (variable) this.#variables[variable] = value;
        }
        return 0;
    }
    const { out, err } = this.#sinks(command, stdout ?? this.#process.stdout);
    const child = this.#process.child(command.words, this.#variables, this.#cwd, out, err, stdin);
    const code = await child.run(this.#run);
    if (code === 127) await write(this.#process.stderr, `sh: ${name}: not found\n`);
    return code;
  }

  async #changeDirectory(path = this.#variables.HOME ?? '/'): Promise<number> {
    const wanted = posix.resolve(this.#cwd, path);
    try {
      if (this.#process.spec.files.stat(wanted).type === 'directory') {
        this.#cwd = wanted;
        return 0;
      }
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
    }
    await write(this.#process.stderr, `sh: cd: can't cd to ${path}\n`);
    return 2;
  }

  #sinks({ out, err }: ShellCommand, stdout: Writable): { out: Sink; err: Sink } {
    const { stderr } = this.#process;
    const one: Sink = async (bytes) => write(stdout, bytes);
    const two: Sink = async (bytes) => write(stderr, bytes);
    const sink = (given: ShellCommand['out'], own: Sink, standard: readonly [Sink, Sink]): Sink => {
      if (!given) return own;
      if (given.to === '&1') return standard[0];
      return given.to === '&2' ? standard[1] : this.#toFile(given.to, given.append);
    };
    const toOut = sink(out, one, [one, two]);
    return { out: toOut, err: sink(err, two, [toOut, two]) };
  }

  #toFile(path: string, append: boolean): Sink {
    if (path === '/dev/null') return async () => Promise.resolve();
    const { files, clock, show } = this.#process.spec;
    if (path === '/dev/console') return show;
    const full = posix.resolve(this.#cwd, path);
    const exists = (): boolean => {
      try {
        return files.stat(full).type === 'file';
      } catch {
        return false;
      }
    };
    if (!append || !exists()) files.write(full, Buffer.alloc(0), { modified: clock.now() });
    return async (bytes) => {
      files.write(full, bytes, { append: true, modified: clock.now() });
      return Promise.resolve();
    };
  }
}
