import { posix } from 'node:path';
import type { DirectoryNode, Node } from '../../files/nodes.js';
import { modeText, nameOf, sizeOf } from './attributes.js';
import { formatted } from './date.js';
import { Failure, program, type Task } from './program.js';
import { patternOf } from '../shell/pattern.js';

type Given = ReadonlyMap<string, string>;

export const ls = program(async (task) => {
  const { given, rest } = task.options('la1Adrt');
  const paths = rest.length > 0 ? rest : ['.'];
  const folders: [path: string, node: DirectoryNode][] = [];
  const others: [name: string, node: Node][] = [];
  for (const path of paths) {
    const link = task.node(path);
    const node =
      (given.has('l') && link?.type === 'symlink' && !path.endsWith('/') ? link : task.target(path)) ?? link;
    if (!node) {
      task.code = 1;
      await task.complain(`${path}: No such file or directory`);
    } else if (node.type === 'directory' && !given.has('d')) folders.push([path, node]);
    else others.push([path, node]);
  }
  await list(task, given, sorted(others, given));
  for (const [at, [path, folder]] of sorted(folders, given).entries()) {
    if (at > 0 || others.length > 0) await task.say('\n');
    if (paths.length > 1) await task.say(`${path}:\n`);
    const entries = [...folder.entries].filter(
      ([name]) => given.has('a') || given.has('A') || !name.startsWith('.'),
    );
    const dots: [string, Node][] = given.has('a')
      ? [
          ['.', folder],
          ['..', task.target(posix.join(path, '..')) ?? folder],
        ]
      : [];
    if (given.has('l'))
      await task.say(
        `total ${String(4 * entries.filter(([, one]) => one.type !== 'symlink' && sizeOf(one) > 0).length)}\n`,
      );
    await list(task, given, sorted([...dots, ...entries], given));
  }
});

function sorted<T extends Node>(
  entries: readonly (readonly [name: string, node: T])[],
  given: Given,
): (readonly [string, T])[] {
  const byName = [...entries].sort(([a], [b]) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const all = given.has('t') ? byName.sort(([, a], [, b]) => b.modified - a.modified) : byName;
  return given.has('r') ? all.reverse() : all;
}

async function list(task: Task, given: Given, entries: readonly (readonly [string, Node])[]): Promise<void> {
  if (!given.has('l')) return task.lines(entries.map(([name]) => name));
  const lines = entries.map(([name, node]) => {
    const links =
      node.type === 'directory'
        ? 2 + [...node.entries.values()].filter(({ type }) => type === 'directory').length
        : 1;
    const half = 15_768_000_000;
    const isRecent = Math.abs(task.now - node.modified) < half;
    const when = formatted(node.modified, isRecent ? '%b %e %H:%M' : '%b %e  %Y');
    const target = node.type === 'symlink' ? ` -> ${node.target}` : '';
    const [user, group] = [nameOf(task, 'user', node.uid), nameOf(task, 'group', node.gid)];
    return `${modeText(node)} ${String(links).padStart(4)} ${user.padEnd(8)} ${group.padEnd(8)} ${String(sizeOf(node)).padStart(9)} ${when} ${name}${target}`;
  });
  await task.lines(lines);
}

const kinds = { file: 'regular file', directory: 'directory', symlink: 'symbolic link' } as const;

/** `stat -c`: what else it says of a file, the fake's have not. */
export const stat = program(async (task) => {
  const { given, rest } = task.options('c:L');
  const format = given.get('c');
  for (const path of rest) {
    const node = given.has('L') ? task.target(path) : task.node(path);
    if (!node) {
      task.code = 1;
      await task.complain(`can't stat '${path}': No such file or directory`);
      continue;
    }
    if (format === undefined) throw new Failure("tslxd/testing has 'stat' with the option '-c' alone");
    const seconds = String(Math.floor(node.modified / 1000));
    const empty = node.type === 'file' && node.data.length === 0;
    const known: Readonly<Record<string, string>> = {
      ...{ n: path, s: String(sizeOf(node)), a: (node.mode & 0o7777).toString(8), A: modeText(node) },
      ...{ F: empty ? 'regular empty file' : kinds[node.type], u: String(node.uid), g: String(node.gid) },
      ...{ U: nameOf(task, 'user', node.uid), G: nameOf(task, 'group', node.gid), Y: seconds, Z: seconds },
      ...{ N: node.type === 'symlink' ? `'${path}' -> '${node.target}'` : `'${path}'`, '%': '%' },
      y: formatted(node.modified, '%Y-%m-%d %H:%M:%S.000000000 +0000'),
    };
    const line = format.replace(/%(.)/g, (_, letter: string) => {
      const value = known[letter];
      if (value === undefined) throw new Failure(`tslxd/testing does not have '%${letter}'`);
      return value;
    });
    await task.lines([line]);
  }
});

interface Found {
  path: string;
  name: string;
  node: Node;
}

type Check = (found: Found) => boolean | Promise<boolean>;

/** `find`: tests that must all be met, and what is done then. */
export const find = program(async (task, { run }) => {
  const words = [...task.args];
  const paths: string[] = [];
  while (words.length > 0 && !/^[-!(]/.test(words[0] ?? '')) paths.push(words.shift() ?? '');
  const limits = { least: 0, most: Infinity };
  const groups: Check[][] = [[]];
  let isDeed = false;
  const value = (option: string): string => {
    const next = words.shift();
    if (next === undefined) throw new Failure(`${option} requires an argument`);
    return next;
  };
  const print =
    (end: string): Check =>
    async ({ path }) => {
      await task.say(path + end);
      return true;
    };
  const removing: string[] = [];
  const make: Readonly<Record<string, (word: string) => Check | undefined>> = {
    '-name': (word) => fitting(patternOf(value(word)), ({ name }) => name),
    '-iname': (word) => fitting(new RegExp(patternOf(value(word)), 'is'), ({ name }) => name),
    '-path': (word) => fitting(patternOf(value(word)), ({ path }) => path),
    '-type': (word) => {
      const type = { f: 'file', d: 'directory', l: 'symlink' }[value(word)];
      return ({ node }) => node.type === type;
    },
    '-empty':
      () =>
      ({ node }) =>
        node.type === 'directory' ? node.entries.size === 0 : sizeOf(node) === 0,
    '-maxdepth': (word) => void (limits.most = Number(value(word))),
    '-mindepth': (word) => void (limits.least = Number(value(word))),
    '-print': () => print('\n'),
    '-print0': () => print('\0'),
    '-delete':
      () =>
      ({ path }) =>
        removing.unshift(path) > 0,
    '-exec': () => {
      const end = words.indexOf(';');
      if (end < 0) throw new Failure("tslxd/testing has '-exec' with ';' alone");
      const command = words.splice(0, end + 1).slice(0, -1);
      return async ({ path }) => {
        const child = task.process.as(command.map((word) => word.replaceAll('{}', path)));
        const code = await child.run(run);
        if (child.isMissing) await task.complain(`${command[0] ?? ''}: No such file or directory`);
        return code === 0;
      };
    },
  };
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    if (word === '-a') continue;
    if (word === '-o') {
      groups.push([]);
      continue;
    }
    const isNegated = word === '!' || word === '-not';
    const name = isNegated ? (words.shift() ?? '') : word;
    if (!Object.hasOwn(make, name)) throw new Failure(`unrecognized: ${name}`);
    const check = make[name]?.(name);
    isDeed ||= /^-(print0?|delete|exec)$/.test(name);
    if (check) groups.at(-1)?.push(isNegated ? async (found) => !(await check(found)) : check);
  }
  for (const path of paths.length > 0 ? paths : ['.']) {
    const node = task.node(path);
    if (!node) {
      task.code = 1;
      await task.complain(`${path}: No such file or directory`);
      continue;
    }
    for (const found of [...everything({ path, name: posix.basename(path), node }, 0, limits)]) {
      if ((await isMet(groups, found)) && !isDeed) await task.lines([found.path]);
    }
  }
  for (const path of removing)
    await task.try(
      () => task.files.remove(task.path(path), task.now),
      (reason) => `${path}: ${reason}`,
    );
});

/** Is all of one group met? What follows the first that is not is not tried. */
async function isMet(groups: readonly (readonly Check[])[], found: Found): Promise<boolean> {
  for (const group of groups) {
    let isSo = true;
    for (const check of group) if (!(isSo = await check(found))) break;
    if (isSo) return true;
  }
  return false;
}

function fitting(expression: RegExp, of: (found: Found) => string): Check {
  return (found) => expression.test(of(found));
}

function* everything(found: Found, depth: number, limits: { least: number; most: number }): Generator<Found> {
  if (depth >= limits.least) yield found;
  const { path, node } = found;
  if (node.type !== 'directory' || depth >= limits.most) return;
  for (const [name, inner] of node.entries)
    yield* everything(
      { path: path.endsWith('/') ? path + name : `${path}/${name}`, name, node: inner },
      depth + 1,
      limits,
    );
}
