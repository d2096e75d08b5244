import { posix } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { FileError } from '../files/file-system.js';
import type { Program } from './programs.js';
import type { Process } from './process.js';
import { write } from './sink.js';

/** The options and the other arguments: `-d' '` and `-d ' '` alike, for those letters that take a value. */
function parsed(process: Process, withValue = ''): { options: Map<string, string>; rest: string[] } {
  const options = new Map<string, string>();
  const rest: string[] = [];
  const left = process.command.slice(1);
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    if (!/^-./.test(word)) rest.push(word);
    else if (withValue.includes(word.charAt(1)))
      options.set(word.charAt(1), word.slice(2) || (left.shift() ?? ''));
    else for (const letter of word.slice(1)) options.set(letter, '');
  }
  return { options, rest };
}

/** The bytes of the files that it names, or of its input. */
async function input(process: Process, paths: readonly string[]): Promise<Buffer> {
  if (paths.length === 0) return buffer(process.stdin);
  return Buffer.concat(paths.map((path) => process.spec.files.read(posix.resolve(process.cwd, path))));
}

function linesOf(bytes: Buffer): string[] {
  const lines = bytes.toString().split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** A program that says lines; of a file that is not there it complains. */
function filter(work: (process: Process) => Promise<{ lines: string[]; code?: number }>): Program {
  return async (process) => {
    try {
      const { lines, code = 0 } = await work(process);
      await write(process.stdout, lines.map((line) => `${line}\n`).join(''));
      return code;
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const [, path = '', why = ''] = /^\w+ (.*): (.*)$/s.exec(error.message) ?? [];
      const reason = why.charAt(0).toUpperCase() + why.slice(1);
      await write(process.stderr, `${process.command[0] ?? ''}: ${path}: ${reason}\n`);
      return 1;
    }
  };
}

const wc = filter(async (process) => {
  const { options, rest } = parsed(process);
  const bytes = await input(process, rest);
  const text = bytes.toString();
  const counts: [letter: string, count: number][] = [
    ['l', text.split('\n').length - 1],
    ['w', text.split(/\s+/).filter(Boolean).length],
    ['c', bytes.length],
  ];
  const asked = counts.filter(([letter]) => options.size === 0 || options.has(letter));
  return { lines: [[...asked.map(([, count]) => String(count)), ...rest].join(' ')] };
});

const ls = filter((process) => {
  const { rest } = parsed(process);
  const lines = (rest.length > 0 ? rest : ['.']).flatMap((path) => {
    const node = process.spec.files.stat(posix.resolve(process.cwd, path));
    return node.type === 'directory'
      ? [...node.entries.keys()].filter((name) => !name.startsWith('.')).sort()
      : [path];
  });
  return Promise.resolve({ lines });
});

const cut = filter(async (process) => {
  const { options, rest } = parsed(process, 'df');
  const field = Number(options.get('f') ?? 1);
  const lines = linesOf(await input(process, rest));
  return { lines: lines.map((line) => line.split(options.get('d') ?? '\t')[field - 1] ?? '') };
});

const grep = filter(async (process) => {
  const { options, rest } = parsed(process);
  const [pattern = '', ...paths] = rest;
  const expression = new RegExp(pattern, options.has('i') ? 'i' : '');
  const lines = linesOf(await input(process, paths)).filter(
    (line) => expression.test(line) !== options.has('v'),
  );
  return { lines: options.has('q') ? [] : lines, code: lines.length > 0 ? 0 : 1 };
});

const head = filter(async (process) => {
  const { options, rest } = parsed(process, 'n');
  return { lines: linesOf(await input(process, rest)).slice(0, Number(options.get('n') ?? 10)) };
});

/** Those that read text. */
export const textPrograms: readonly (readonly [name: string, program: Program])[] = [
  ['cut', cut],
  ['grep', grep],
  ['head', head],
  ['ls', ls],
  ['wc', wc],
];
