import { posix } from 'node:path';
import { FileError } from '../../files/file-system.js';
import type { Node } from '../../files/nodes.js';
import type { Process } from '../process.js';
import { write } from '../sink.js';
import { allOf } from '../shell/input.js';

/** What programs need that run others. */
export interface Running {
  /** Runs a command; 127 is "there is none". */
  readonly run: (child: Process) => Promise<number>;
  /** Is there a program of this name? */
  readonly knows: (name: string) => boolean;
}

/** A program that the fake has. */
export type Program = (process: Process, by: Running) => Promise<number>;

/** What a program ends with that can do no more; its name goes before that. */
export class Failure extends Error {
  constructor(
    message: string,
    readonly code = 1,
  ) {
    super(message);
  }
}

/** A program that says on stderr why it fails, under its name, or under that of the shell which it is a part of. */
export function program(
  work: (task: Task, by: Running) => Promise<number | undefined> | number | undefined,
  { isOfShell = false } = {},
): Program {
  return async (process, by) => {
    const [name = ''] = process.command;
    const own = posix.basename(name);
    const task = new Task(process, (isOfShell ? process.spec.caller : undefined) ?? own);
    try {
      return (await work(task, by)) ?? task.code;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      await task.complain(error.message);
      return error.code;
    }
  };
}

/** A program at work. */
export class Task {
  /** What it ends with, if nothing else is said. */
  code = 0;

  constructor(
    readonly process: Process,
    readonly name: string,
  ) {}

  get args(): readonly string[] {
    return this.process.command.slice(1);
  }

  get files() {
    return this.process.spec.files;
  }

  get now(): number {
    return this.process.spec.clock.now();
  }

  path(path: string): string {
    return posix.resolve(this.process.cwd, path);
  }

  async say(text: string | Uint8Array): Promise<void> {
    if (text.length > 0) await write(this.process.stdout, text);
  }

  async lines(lines: readonly string[]): Promise<void> {
    await this.say(lines.map((line) => `${line}\n`).join(''));
  }

  async complain(text: string): Promise<void> {
    await write(this.process.stderr, `${this.name}: ${text}\n`);
  }

  /** The options of the command, and what else it says. Each letter of `known` is one, with a colon one with a value. */
  options(known: string, code = 1): { given: Map<string, string>; rest: string[] } {
    const given = new Map<string, string>();
    const rest: string[] = [];
    const left = [...this.args];
    for (let word = left.shift(); word !== undefined; word = left.shift()) {
      if (word === '--') return { given, rest: [...rest, ...left] };
      if (!/^-./.test(word)) {
        rest.push(word);
        continue;
      }
      if (word.startsWith('--')) throw new Failure(`unrecognized option '${word}'`, code);
      for (let at = 1; at < word.length; at++) {
        const letter = word.charAt(at);
        const found = known.indexOf(letter);
        if (found < 0 || letter === ':') throw new Failure(`invalid option -- '${letter}'`, code);
        if (known.charAt(found + 1) !== ':') {
          given.set(letter, '');
          continue;
        }
        const value = word.slice(at + 1) || left.shift();
        if (value === undefined) throw new Failure(`option requires an argument -- '${letter}'`, code);
        given.set(letter, value);
        break;
      }
    }
    return { given, rest };
  }

  /** What is at a path; undefined where it fails, of which it complains in these words. */
  async try<T>(work: () => T, says: (reason: string, error: FileError) => string): Promise<T | undefined> {
    try {
      return work();
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      this.code = 1;
      await this.complain(says(reasonOf(error), error));
      return undefined;
    }
  }

  /** A link itself, not where it leads. */
  node(path: string): Node | undefined {
    return quietly(() => this.files.lstat(this.path(path)));
  }

  /** Where it leads. */
  target(path: string): Node | undefined {
    return quietly(() => this.files.stat(this.path(path)));
  }

  /** The bytes of each file that is named, or of its input, with the name; it complains of what cannot be read. */
  async *inputs(
    paths: readonly string[],
    says = (path: string, reason: string): string => `${path}: ${reason}`,
  ): AsyncGenerator<{ path: string; bytes: Buffer }> {
    for (const path of paths.length > 0 ? paths : ['-']) {
      if (path === '-' || path === '/dev/stdin') yield { path, bytes: await allOf(this.process.stdin) };
      else if (path === '/dev/null') yield { path, bytes: Buffer.alloc(0) };
      else {
        const bytes = await this.try(
          () => this.files.read(this.path(path)),
          (reason, { code }) => (code === 'EISDIR' ? 'read error: Is a directory' : says(path, reason)),
        );
        if (bytes) yield { path, bytes };
      }
    }
  }

  /** The lines of all of them. */
  async allLines(
    paths: readonly string[],
    says?: (path: string, reason: string) => string,
  ): Promise<string[]> {
    const lines: string[] = [];
    for await (const { bytes } of this.inputs(paths, says)) lines.push(...linesOf(bytes));
    return lines;
  }
}

/** Of a text, without their ends. */
export function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** `No such file or directory` */
export function reasonOf({ message }: Error): string {
  const reason = message.replace(/^.*: /s, '');
  return reason.charAt(0).toUpperCase() + reason.slice(1);
}

function quietly<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof FileError) return undefined;
    throw error;
  }
}

/** A number that is an argument. @throws Failure */
export function count(text: string, code = 1): number {
  if (!/^\d+$/.test(text)) throw new Failure(`invalid number '${text}'`, code);
  return Number(text);
}
