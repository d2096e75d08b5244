import { posix } from 'node:path';
import { FileError } from '../../files/file-system.js';
import { lineOf } from './input.js';
import type { Interpreter } from './interpreter.js';
import { Parser } from './parser.js';
import { Leave, ShellError, type Option, type Scope } from './scope.js';
import { reasonOf } from './streams.js';
import { SyntaxProblem, UnknownSyntax } from './syntax.js';

/** A command that the shell does itself, since it is about the shell. */
export type Builtin = (shell: Interpreter, args: readonly string[]) => Promise<number> | number;

const optionLetters: Readonly<Partial<Record<string, Option>>> = { e: 'errexit', u: 'nounset', x: 'xtrace' };
const optionNames = new Set<string>(['errexit', 'nounset', 'xtrace', 'pipefail'] satisfies Option[]);

/** Turns options on and off: `-eu`, `+x`, `-o pipefail`; what is left are arguments. @throws ShellError */
export function setOptions(options: Set<Option>, args: readonly string[]): readonly string[] | undefined {
  for (let at = 0; at < args.length; at++) {
    const word = args[at] ?? '';
    if (word === '--') return args.slice(at + 1);
    if (!/^[-+]./.test(word)) return args.slice(at);
    const turn = (option: Option) => (word.startsWith('-') ? options.add(option) : options.delete(option));
    if (word.slice(1) === 'o') {
      const name = args[++at] ?? '';
      if (!optionNames.has(name)) throw new ShellError(`set: line 0: illegal option -o ${name}`);
      turn(name as Option);
      continue;
    }
    for (const letter of word.slice(1)) {
      const option = optionLetters[letter];
      if (!option) throw new UnknownSyntax(`set ${word}`);
      turn(option);
    }
  }
  return undefined;
}

function number(text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise;
  if (!/^\d+$/.test(text)) throw new ShellError(`Illegal number: ${text}`);
  return Number(text);
}

async function changeDirectory(shell: Interpreter, [given]: readonly string[]): Promise<number> {
  const { scope, files } = shell;
  const path = given === '-' ? (scope.get('OLDPWD') ?? '') : (given ?? scope.get('HOME') ?? '/');
  const wanted = posix.resolve(scope.cwd, path);
  try {
    if (files.stat(wanted).type !== 'directory') throw new FileError('ENOTDIR', path);
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.complain(`can't cd to ${path}: ${reasonOf(error)}`, 'cd');
    return 2;
  }
  scope.set('OLDPWD', scope.cwd);
  scope.exported.add('OLDPWD');
  scope.cwd = wanted;
  scope.set('PWD', wanted);
  if (given === '-') await shell.say(`${wanted}\n`);
  return 0;
}

/** `name` or `name=value`, each. @throws ShellError */
function declare({ scope }: Interpreter, args: readonly string[], work: (name: string) => void): number {
  for (const word of args) {
    if (word.startsWith('-')) throw new UnknownSyntax(word);
    const [, name, value] = /^([A-Za-z_]\w*)(?:=([^]*))?$/.exec(word) ?? [];
    if (name === undefined) throw new ShellError(`${word.split('=', 1)[0] ?? ''}: bad variable name`);
    if (value !== undefined) scope.set(name, value);
    work(name);
  }
  return 0;
}

async function read(shell: Interpreter, args: readonly string[]): Promise<number> {
  const { scope } = shell;
  const { stdin, err } = shell.streams;
  const words = [...args];
  let isRaw = false;
  while (words[0]?.startsWith('-')) {
    const option = words.shift();
    if (option === '-r') isRaw = true;
    else if (option === '-p') await err(Buffer.from(words.shift() ?? ''));
    else throw new UnknownSyntax(`read ${option ?? ''}`);
  }
  const names = words.length > 0 ? words : ['REPLY'];
  let text = (await lineOf(stdin)) ?? '';
  const isWhole = text.endsWith('\n');
  text = text.replace(/\n$/, '');
  while (!isRaw && /(^|[^\\])(\\\\)*\\$/.test(text))
    text = text.slice(0, -1) + ((await lineOf(stdin)) ?? '').replace(/\n$/, '');
  const separators = scope.get('IFS') ?? ' \t\n';
  const values = fieldsIn(isRaw ? text : text.replace(/\\(.)/g, '$1'), separators, names.length);
  for (const [index, name] of names.entries()) scope.set(name, values[index] ?? '');
  return isWhole ? 0 : 1;
}

/** At most so many, the last with all that is left. */
function fieldsIn(text: string, separators: string, most: number): string[] {
  const blanks = Array.from(separators)
    .filter((one) => /\s/.test(one))
    .join('');
  const trim = (value: string): string => {
    let [start, end] = [0, value.length];
    while (start < end && blanks.includes(value.charAt(start))) start++;
    while (end > start && blanks.includes(value.charAt(end - 1))) end--;
    return value.slice(start, end);
  };
  const fields: string[] = [];
  let rest = trim(text);
  while (fields.length < most - 1 && rest !== '') {
    const at = Array.from(rest).findIndex((letter) => separators.includes(letter));
    if (at < 0) break;
    fields.push(rest.slice(0, at));
    const after = trim(rest.slice(at + (blanks.includes(rest.charAt(at)) ? 0 : 1)));
    const isHard = after !== '' && separators.includes(after.charAt(0)) && blanks.includes(rest.charAt(at));
    rest = isHard ? trim(after.slice(1)) : after;
  }
  return [...fields, rest];
}

async function evaluate(shell: Interpreter, text: string): Promise<number> {
  const parser = new Parser(text);
  let code = 0;
  try {
    for (let line = parser.next(); line; line = parser.next()) code = await shell.script(line);
  } catch (error) {
    throw error instanceof SyntaxProblem ? new ShellError(error.message) : error;
  }
  return code;
}

async function source(shell: Interpreter, [path = '', ...args]: readonly string[]): Promise<number> {
  const { scope, files } = shell;
  let text: string;
  try {
    text = files.read(posix.resolve(scope.cwd, path)).toString();
  } catch (error) {
    if (!(error instanceof FileError)) throw error;
    await shell.complain(`can't open '${path}': ${reasonOf(error)}`, '.');
    throw new Leave('shell', 2);
  }
  const before = scope.positional;
  if (args.length > 0) scope.positional = args;
  try {
    return await evaluate(shell, text);
  } catch (error) {
    if (!(error instanceof Leave) || error.from !== 'function') throw error;
    return error.code;
  } finally {
    scope.positional = before;
  }
}

async function command(shell: Interpreter, args: readonly string[]): Promise<number> {
  const [first, name] = args;
  if (first !== '-v') {
    if (first?.startsWith('-')) throw new UnknownSyntax(`command ${first}`);
    const builtin = builtins.get(first ?? '');
    return builtin ? builtin(shell, args.slice(1)) : shell.program(args);
  }
  if (name === undefined) return 0;
  const isKnown = shell.scope.functions.has(name) || builtins.has(name) || shell.programs.knows(name);
  if (isKnown) await shell.say(`${name}\n`);
  return isKnown ? 0 : 127;
}

/** Variables as they could be set again. */
function shown(names: Iterable<string>, { variables }: Scope, lead = ''): string {
  const lines = [...names]
    .sort()
    .map((name) => `${lead}${name}='${(variables.get(name) ?? '').replaceAll("'", `'\\''`)}'\n`);
  return lines.join('');
}

function leave(shell: Interpreter, from: 'loop' | 'turn', [given]: readonly string[]): number {
  if (shell.loops === 0) return 0;
  throw new Leave(from, 0, number(given, 1));
}

/** By their names. */
export const builtins: ReadonlyMap<string, Builtin> = new Map<string, Builtin>([
  [':', () => 0],
  ['.', source],
  ['break', (shell, args) => leave(shell, 'loop', args)],
  ['cd', changeDirectory],
  ['command', command],
  ['continue', (shell, args) => leave(shell, 'turn', args)],
  ['eval', (shell, args) => evaluate(shell, args.join(' '))],
  [
    'exec',
    async (shell, args) => {
      if (args.length === 0) {
        shell.keepStreams();
        return 0;
      }
      throw new Leave('shell', await shell.program(args, undefined, 'exec'));
    },
  ],
  [
    'exit',
    ({ scope }, [code]) => {
      throw new Leave('shell', number(code, scope.code) & 255);
    },
  ],
  [
    'export',
    async (shell, args) => {
      const { scope } = shell;
      const isList = args.length === 0 || (args.length === 1 && args[0] === '-p');
      if (!isList) return declare(shell, args, (name) => scope.exported.add(name));
      await shell.say(shown(scope.exported, scope, 'export '));
      return 0;
    },
  ],
  [
    'local',
    (shell, args) => {
      const own = shell.scope.locals.at(-1);
      if (!own) throw new ShellError('local: line 0: not in a function');
      const { variables } = shell.scope;
      for (const word of args) {
        const name = word.split('=', 1)[0] ?? '';
        if (!own.has(name)) own.set(name, variables.get(name));
      }
      return declare(shell, args, () => undefined);
    },
  ],
  ['read', read],
  ['readonly', (shell, args) => declare(shell, args, (name) => shell.scope.constants.add(name))],
  [
    'return',
    ({ scope }, [code]) => {
      throw new Leave(scope.locals.length > 0 ? 'function' : 'shell', number(code, scope.code) & 255);
    },
  ],
  [
    'set',
    async (shell, args) => {
      const { scope } = shell;
      if (args.length === 0) await shell.say(shown(scope.variables.keys(), scope));
      const positional = setOptions(scope.options, args);
      if (positional) scope.positional = positional;
      return 0;
    },
  ],
  [
    'shift',
    ({ scope }, [given]) => {
      const count = number(given, 1);
      if (count > scope.positional.length) return 1;
      scope.positional = scope.positional.slice(count);
      return 0;
    },
  ],
  [
    'trap',
    ({ scope }, [action = '', ...signals]) => {
      const odd = signals.find((signal) => signal !== 'EXIT' && signal !== '0');
      if (odd !== undefined || signals.length === 0) throw new UnknownSyntax(`trap ${odd ?? action}`);
      scope.trap = action === '-' ? undefined : action;
      return 0;
    },
  ],
  [
    'unset',
    ({ scope }, args) => {
      const isFunction = args[0] === '-f';
      for (const name of args.filter((word) => !word.startsWith('-'))) {
        if (isFunction) scope.functions.delete(name);
        else if (scope.constants.has(name)) throw new ShellError(`${name}: is read only`);
        else scope.variables.delete(name);
      }
      return 0;
    },
  ],
]);
