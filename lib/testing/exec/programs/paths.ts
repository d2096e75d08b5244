import { posix } from 'node:path';
import { Failure, program, type Task } from './program.js';

export const basename = program(async (task) => {
  const [path, suffix = ''] = task.args;
  if (path === undefined) throw new Failure('missing operand');
  const name =
    path
      .replace(/(?<=.)\/+$/, '')
      .split('/')
      .at(-1) || (path === '' ? '' : '/');
  await task.lines([
    name !== suffix && name.endsWith(suffix) ? name.slice(0, name.length - suffix.length) : name,
  ]);
});

export const dirname = program(async (task) => {
  const [path] = task.args;
  if (path === undefined) throw new Failure('missing operand');
  await task.lines([posix.dirname(path)]);
});

/** A path without links. */
function real(task: Task, path: string): string | undefined {
  let at = '/';
  let left = task.path(path).split('/').filter(Boolean);
  for (let links = 0; left.length > 0 && links < 40;) {
    const [name = '', ...rest] = left;
    const node = task.node(posix.join(at, name));
    if (node?.type === 'symlink') {
      links++;
      const target = posix.resolve(at, node.target);
      at = '/';
      left = [...target.split('/').filter(Boolean), ...rest];
    } else if (!node && rest.length > 0) return undefined;
    else {
      at = posix.join(at, name);
      left = rest;
    }
  }
  return at;
}

export const readlink = program(async (task) => {
  const { given, rest } = task.options('fn');
  const [path = ''] = rest;
  const node = task.node(path);
  const found = given.has('f') ? real(task, path) : node?.type === 'symlink' ? node.target : undefined;
  if (found === undefined) return 1;
  await task.say(given.has('n') ? found : `${found}\n`);
  return 0;
});

export const realpath = program(async (task) => {
  for (const path of task.args) {
    const found = real(task, path);
    if (found !== undefined && task.node(found)) await task.lines([found]);
    else {
      task.code = 1;
      await task.complain(`${path}: No such file or directory`);
    }
  }
});

export const which = program(async (task, { knows }) => {
  for (const name of task.options('a').rest) {
    const isPath = name.includes('/');
    const node = task.target(name);
    const isFile = isPath && node?.type === 'file' && (node.mode & 0o111) !== 0;
    if (isFile) await task.lines([name]);
    else if (!isPath && knows(name)) await task.lines([`/bin/${name}`]);
    else task.code = 1;
  }
});

const letters = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

export const mktemp = program(async (task) => {
  const { given, rest } = task.options('dup:q');
  const folder = given.get('p') ?? task.process.environment.TMPDIR ?? '/tmp';
  const [template = posix.join(folder, 'tmp.XXXXXX')] = rest;
  if (!template.endsWith('XXXXXX')) throw new Failure(`(null): Invalid argument`);
  const { chance } = task.process.spec;
  const random = Array.from(chance.hex(6))
    .map((digit) => letters.charAt(parseInt(digit, 16)))
    .slice(0, 6)
    .join('');
  const path = template.replace(/XXXXXX$/, random);
  const at = task.path(path);
  const isMade = given.has('u')
    ? true
    : await task.try(
        () => {
          if (given.has('d')) task.files.mkdir(at, { mode: 0o700, modified: task.now });
          else task.files.write(at, Buffer.alloc(0), { mode: 0o600, modified: task.now });
          return true;
        },
        (reason) => `(null): ${reason}`,
      );
  if (isMade) await task.lines([path]);
});
