import { posix } from 'node:path';
import { FileError } from '../files/file-system.js';
import type { Process } from './process.js';
import { shell } from './shell.js';
import { write } from './sink.js';
import { textPrograms } from './text-programs.js';

/** A program that the fake has; `run` is for those that run others. */
export type Program = (process: Process, run: (child: Process) => Promise<number>) => Promise<number>;

/** What is said on stdout, and the exit code 0. */
function says(text: (process: Process) => string | Buffer): Program {
  return async (process) => {
    await write(process.stdout, text(process));
    return 0;
  };
}

function argumentsOf({ command }: Process): readonly string[] {
  return command.slice(1);
}

async function cat(process: Process): Promise<number> {
  const given = argumentsOf(process);
  let code = 0;
  for (const path of given.length === 0 ? ['-'] : given) {
    try {
      if (path === '-') for await (const bytes of process.stdin) await write(process.stdout, bytes as Buffer);
      else await write(process.stdout, process.spec.files.read(posix.resolve(process.cwd, path)));
    } catch (error) {
      if (!(error instanceof FileError)) throw error;
      const why = error.code === 'ENOENT' ? "can't open" : 'read error';
      await write(process.stderr, `cat: ${why} '${path}': ${error.message.replace(/^.*: /s, '')}\n`);
      code = 1;
    }
  }
  return code;
}

function echo(process: Process): string {
  const [first, ...rest] = argumentsOf(process);
  return first === '-n'
    ? rest.join(' ')
    : `${[first, ...rest].filter((word) => word !== undefined).join(' ')}\n`;
}

/** Of the clock of the fake, so that who owns that need not wait. */
function sleep(process: Process): Promise<number> {
  const seconds = Number(argumentsOf(process)[0] ?? 0);
  return new Promise((resolve) => process.spec.clock.after(seconds * 1000, () => resolve(0)));
}

function environmentOf({ environment }: Process): string {
  return Object.entries(environment)
    .map(([name, value]) => `${name}=${value}\n`)
    .join('');
}

const letters: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' },
};

/** Bytes, since `\xff` and `\377` are one each. */
function printf(process: Process): Buffer {
  const [format = '', ...rest] = argumentsOf(process);
  const parts = format.match(/\\x[0-9a-fA-F]{1,2}|\\[0-7]{1,3}|\\[\s\S]|%[sd%]|[^\\%]+|[\s\S]/g) ?? [];
  return Buffer.concat(
    parts.map((part) => {
      if (/^\\x./.test(part)) return Buffer.of(parseInt(part.slice(2), 16));
      if (/^\\[0-7]/.test(part)) return Buffer.of(parseInt(part.slice(1), 8));
      if (part === '%s' || part === '%d') return Buffer.from(rest.shift() ?? '');
      return Buffer.from(part === '%%' ? '%' : (part.startsWith('\\') && letters[part.charAt(1)]) || part);
    }),
  );
}

/** By their names, without folders. */
export const programs: ReadonlyMap<string, Program> = new Map<string, Program>([
  ['true', async () => Promise.resolve(0)],
  ['false', async () => Promise.resolve(1)],
  ['echo', says(echo)],
  ['printf', says(printf)],
  ['cat', cat],
  ['hostname', says(({ instance }) => `${instance}\n`)],
  ['pwd', says(({ cwd }) => `${cwd}\n`)],
  ['env', says(environmentOf)],
  ['sleep', sleep],
  ['uname', says((process) => (argumentsOf(process)[0] === '-m' ? 'x86_64\n' : 'Linux\n'))],
  [
    'id',
    says((process) => (argumentsOf(process)[0] === '-u' ? `${process.user}\n` : `uid=${process.user}\n`)),
  ],
  ['sh', shell],
  ...textPrograms,
]);
