import { posix } from 'node:path';
import { FileError } from '../../files/file-system.js';
import type { Process } from '../process.js';
import { write } from '../sink.js';
import { setOptions } from './builtins.js';
import { lineOf } from './input.js';
import { Interpreter, type Programs } from './interpreter.js';
import { Parser } from './parser.js';
import { Leave, Scope, ShellError } from './scope.js';
import { reasonOf, streamsOf } from './streams.js';
import { SyntaxProblem, UnknownSyntax, type Script } from './syntax.js';

/** `sh -c line`, a script among the instance's files, or the lines of its input. */
export async function shell(process: Process, programs: Programs): Promise<number> {
  const args = process.command.slice(1);
  const options: string[] = [];
  let isLine = false;
  while (/^[-+]\w/.test(args[0] ?? '')) {
    const word = args.shift() ?? '';
    isLine ||= word.startsWith('-') && word.includes('c');
    const letters = word.replaceAll(/[cils]/g, '');
    if (letters.length > 1) options.push(letters);
    if (letters === '-o') options.push(args.shift() ?? '');
  }
  const [first, ...rest] = args;
  const start = async (
    name: string,
    positional: readonly string[],
    isScript: boolean,
    lines: AsyncIterable<Script>,
  ) => {
    const scope = new Scope(name, process.cwd, process.environment, isScript);
    scope.positional = positional;
    return run(new Interpreter(process, scope, programs, streamsOf(process)), options, lines);
  };
  if (isLine) return start(rest[0] ?? 'sh', rest.slice(1), false, linesOf(first ?? ''));
  if (first === undefined || first === '-') return start('sh', rest, false, typed(process));
  try {
    const text = process.spec.files.read(posix.resolve(process.cwd, first)).toString();
    return await start(first, rest, true, linesOf(text));
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await write(process.stderr, `sh: can't open '${first}': ${reasonOf(error)}\n`);
    return 2;
  }
}

/** What this shell does not know, is known before anything is run: nobody is to take half of a script for all of it. */
async function* linesOf(text: string): AsyncGenerator<Script> {
  try {
    Array.from(scriptsIn(text));
  } catch (error) {
    if (error instanceof UnknownSyntax) throw error;
  }
  for (const line of scriptsIn(text)) yield await Promise.resolve(line);
}

/** What is typed, line by line: what a line begins may end in a later one. */
async function* typed({ stdin }: Process): AsyncGenerator<Script> {
  let text = '';
  for (let line = await lineOf(stdin); line !== undefined; line = await lineOf(stdin)) {
    text += line;
    let script: Script[];
    try {
      script = [...scriptsIn(text)];
    } catch (error) {
      if (error instanceof SyntaxProblem && error.isUnfinished) continue;
      throw error;
    }
    text = '';
    yield* script;
  }
  yield* scriptsIn(text);
}

function* scriptsIn(text: string): Generator<Script> {
  const parser = new Parser(text);
  for (let line = parser.next(); line; line = parser.next()) yield line;
}

async function run(
  by: Interpreter,
  options: readonly string[],
  lines: AsyncIterable<Script>,
): Promise<number> {
  const { scope } = by;
  try {
    setOptions(scope.options, options);
    for await (const line of lines) await by.script(line);
  } catch (error) {
    scope.code = await endOf(by, error);
  }
  const { trap } = scope;
  if (trap === undefined) return scope.code;
  const { code } = scope;
  scope.trap = undefined;
  try {
    for (const line of scriptsIn(trap)) await by.script(line);
  } catch (error) {
    return endOf(by, error);
  }
  return code;
}

/** What a shell ends with by what went wrong. */
async function endOf(by: Interpreter, error: unknown): Promise<number> {
  if (error instanceof Leave) return error.code;
  if (error instanceof SyntaxProblem) by.scope.line = error.line;
  else if (!(error instanceof ShellError || error instanceof UnknownSyntax || error instanceof FileError))
    throw error;
  await by.complain(error.message);
  return 2;
}
