import { lineOf } from '../shell/input.js';
import { count, program, type Task } from './program.js';

type Given = ReadonlyMap<string, string>;

/** `-5` is short for `-n 5`. */
function optionsOf(task: Task): { given: Given; rest: string[] } {
  const [first = '', ...others] = task.args;
  if (/^-\d+$/.test(first)) return { given: new Map([['n', first.slice(1)]]), rest: others };
  return task.options('n:c:qv');
}

/** What is kept of each file, under its name where there are several. */
async function keep(
  task: Task,
  { given, rest }: { given: Given; rest: readonly string[] },
  cut: (bytes: Buffer) => Buffer,
  says?: (path: string, reason: string) => string,
): Promise<void> {
  const isNamed = (rest.length > 1 || given.has('v')) && !given.has('q');
  for await (const { path, bytes } of task.inputs(rest, says)) {
    const gap = path === (rest[0] ?? '-') ? '' : '\n';
    if (isNamed) await task.say(`${gap}==> ${path === '-' ? 'standard input' : path} <==\n`);
    await task.say(cut(bytes));
  }
}

/** The lines of bytes, with their ends. */
const linesOf = (bytes: Buffer): string[] => bytes.toString('latin1').match(/[^\n]*\n|[^\n]+$/g) ?? [];
const joined = (lines: readonly string[]): Buffer => Buffer.from(lines.join(''), 'latin1');

export const head = program(async (task) => {
  const { given, rest } = optionsOf(task);
  const [unit, wanted] = given.has('c') ? ['c', given.get('c') ?? ''] : ['n', given.get('n') ?? '10'];
  const many = count(wanted.replace(/^-/, ''));
  const isLast = wanted.startsWith('-');
  if (rest.length === 0 && unit === 'n' && !isLast) {
    // It reads no more than it has to, so that what writes without an end ends.
    for (let at = 0; at < many; at++) {
      const line = await lineOf(task.process.stdin);
      if (line === undefined) break;
      await task.say(line);
    }
    return;
  }
  const end = (length: number): number => (isLast ? Math.max(0, length - many) : many);
  await keep(task, { given, rest }, (bytes) => {
    const lines = linesOf(bytes);
    return unit === 'c' ? bytes.subarray(0, end(bytes.length)) : joined(lines.slice(0, end(lines.length)));
  });
});

export const tail = program(async (task) => {
  const { given, rest } = optionsOf(task);
  const [unit, wanted] = given.has('c') ? ['c', given.get('c') ?? ''] : ['n', given.get('n') ?? '10'];
  const many = count(wanted.replace(/^[-+]/, ''));
  const start = (length: number): number => Math.max(0, wanted.startsWith('+') ? many - 1 : length - many);
  const cut = (bytes: Buffer): Buffer => {
    const lines = linesOf(bytes);
    return unit === 'c' ? bytes.subarray(start(bytes.length)) : joined(lines.slice(start(lines.length)));
  };
  await keep(task, { given, rest }, cut, (path, reason) => `can't open '${path}': ${reason}`);
  // It says that, too, where none could be read.
  if (task.code !== 0 && rest.every((path) => !task.target(path))) await task.complain('no files');
});
