import { posix } from 'node:path';
import type { Node } from '../../files/nodes.js';
import { count, Failure, linesOf, program, type Program, type Task } from './program.js';
import { regexOf, type Dialect } from './regex.js';

/** `grep`, and as other names have it: 0 for what was found, 1 for nothing, 2 for what went wrong. */
function grepAs(own: Dialect): Program {
  return program(async (task) => {
    const { given, rest } = task.options('ivqcnloLsEFwxhHrRe:m:', 2);
    const pattern = given.get('e') ?? rest.shift();
    if (pattern === undefined) throw new Failure('missing pattern', 2);
    const dialect: Dialect = given.has('F') ? 'fixed' : given.has('E') ? 'extended' : own;
    const expressions = pattern.split('\n').map((one) => expressionOf(one, dialect, given));
    const isDeep = given.has('r') || given.has('R');
    const paths = isDeep ? filesUnder(task, rest.length > 0 ? rest : ['.']) : rest;
    const isNamed = given.has('H') || (!given.has('h') && (isDeep || rest.length > 1));
    const most = given.has('m') ? count(given.get('m') ?? '', 2) : Infinity;
    let isFound = false;
    for await (const { path, bytes } of task.inputs(paths)) {
      const found = linesOf(bytes)
        .map((line, index) => ({ line, number: index + 1 }))
        .filter(({ line }) => expressions.some((one) => line.search(one) >= 0) !== given.has('v'))
        .slice(0, most);
      isFound ||= found.length > 0;
      if (given.has('q')) continue;
      await say(
        task,
        given,
        expressions,
        isNamed ? `${path === '-' ? '(standard input)' : path}:` : '',
        path,
        found,
      );
    }
    if (given.has('q') && isFound) return 0;
    return task.code !== 0 ? 2 : isFound ? 0 : 1;
  });
}

export const grep = grepAs('basic');
export const egrep = grepAs('extended');
export const fgrep = grepAs('fixed');

async function say(
  task: Task,
  given: ReadonlyMap<string, string>,
  expressions: readonly RegExp[],
  lead: string,
  path: string,
  found: readonly { line: string; number: number }[],
): Promise<void> {
  if (given.has('l') || given.has('L')) {
    if (found.length > 0 === given.has('l')) await task.lines([path === '-' ? '(standard input)' : path]);
  } else if (given.has('c')) await task.lines([`${lead}${String(found.length)}`]);
  else {
    const lines = found.flatMap(({ line, number }) => {
      const before = `${lead}${given.has('n') ? `${String(number)}:` : ''}`;
      if (!given.has('o')) return [before + line];
      const parts = expressions.flatMap((one) =>
        [...line.matchAll(new RegExp(one.source, `${one.flags}g`))].map(([part]) => part),
      );
      return parts.filter((part) => part !== '').map((part) => before + part);
    });
    await task.lines(lines);
  }
}

function expressionOf(pattern: string, dialect: Dialect, given: ReadonlyMap<string, string>): RegExp {
  const { source } = regexOf(pattern, dialect, '', 2);
  const whole = given.has('x') ? `^(?:${source})$` : given.has('w') ? `(?<!\\w)(?:${source})(?!\\w)` : source;
  return new RegExp(whole, given.has('i') ? 'i' : '');
}

function filesUnder(task: Task, paths: readonly string[]): string[] {
  const under = (path: string, node: Node | undefined): string[] => {
    if (node?.type !== 'directory') return [path];
    return [...node.entries].flatMap(([name, one]) =>
      one.type === 'symlink' ? [] : under(posix.join(path === '.' ? './' : path, name), one),
    );
  };
  return paths.flatMap((path) => under(path, task.target(path)));
}
