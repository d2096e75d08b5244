import { posix } from 'node:path';
import { copyNode, type Node } from '../../files/nodes.js';
import { changedMode } from './mode.js';
import { Failure, program, type Task } from './program.js';

export const mkdir = program(async (task) => {
  const { given, rest } = task.options('pm:');
  if (rest.length === 0) throw new Failure('missing operand');
  const mode = given.has('m')
    ? changedMode(given.get('m') ?? '', { type: 'directory', mode: 0o755 })
    : undefined;
  for (const path of rest) {
    const at = task.path(path);
    const says = (reason: string): string => `can't create directory '${path}': ${reason}`;
    if (task.node(path) && !(given.has('p') && task.target(path)?.type === 'directory')) {
      task.code = 1;
      await task.complain(says('File exists'));
      continue;
    }
    const attributes = { modified: task.now };
    const how = { ...attributes, ...(mode !== undefined && { mode }) };
    await task.try(() => {
      if (given.has('p')) task.files.mkdirs(posix.dirname(at), attributes);
      task.files.mkdir(at, how);
    }, says);
  }
});

export const rmdir = program(async (task) => {
  const { rest } = task.options('');
  for (const path of rest) {
    const node = task.node(path);
    if (node && node.type !== 'directory') {
      task.code = 1;
      await task.complain(`'${path}': Not a directory`);
    } else
      await task.try(
        () => task.files.remove(task.path(path), task.now),
        (reason) => `'${path}': ${reason}`,
      );
  }
});

export const rm = program(async (task) => {
  const { given, rest } = task.options('rRfi');
  const isDeep = given.has('r') || given.has('R');
  if (rest.length === 0 && !given.has('f')) throw new Failure('missing operand');
  for (const path of rest) {
    const node = task.node(path);
    const refuse = async (text: string): Promise<void> => {
      task.code = 1;
      await task.complain(text);
    };
    if (!node) {
      if (!given.has('f')) await refuse(`can't remove '${path}': No such file or directory`);
    } else if (node.type === 'directory' && !isDeep) await refuse(`'${path}' is a directory`);
    else
      await task.try(
        () => {
          if (node.type === 'directory') node.entries.clear();
          task.files.remove(task.path(path), task.now);
        },
        (reason) => `can't remove '${path}': ${reason}`,
      );
  }
});

export const touch = program(async (task) => {
  const { given, rest } = task.options('cm');
  if (rest.length === 0) throw new Failure('missing operand');
  for (const path of rest) {
    const node = task.target(path);
    if (node) node.modified = task.now;
    else if (!given.has('c'))
      await task.try(
        () => task.files.write(task.path(path), Buffer.alloc(0), { modified: task.now }),
        (reason) => `${path}: ${reason}`,
      );
  }
});

/** Where each of several things goes: into a directory, or to a path of its own. @throws Failure */
function targets(task: Task, paths: readonly string[]): (readonly [from: string, to: string])[] {
  const to = paths.at(-1) ?? '';
  const from = paths.slice(0, -1);
  if (from.length === 0) throw new Failure('missing operand');
  const isInto = task.target(to)?.type === 'directory';
  if (from.length > 1 && !isInto) throw new Failure(`target '${to}' is not a directory`);
  return from.map((path) => [path, isInto ? posix.join(to, posix.basename(path)) : to]);
}

export const cp = program(async (task) => {
  const { given, rest } = task.options('rRapfdL');
  const isDeep = ['r', 'R', 'a'].some((letter) => given.has(letter));
  const isSame = given.has('a') || given.has('p');
  const isLink = given.has('a') || given.has('d') || (isDeep && !given.has('L'));
  for (const [from, to] of targets(task, rest)) {
    const node = isLink ? task.node(from) : task.target(from);
    const refuse = async (text: string): Promise<void> => {
      task.code = 1;
      await task.complain(text);
    };
    if (!node) await refuse(`can't stat '${from}': No such file or directory`);
    else if (node.type === 'directory' && !isDeep) await refuse(`omitting directory '${from}'`);
    else if (task.path(from) === task.path(to)) await refuse(`'${from}' and '${to}' are the same file`);
    else
      await task.try(
        () => copyTo(task, node, to, isSame),
        (reason) => `can't create '${to}': ${reason}`,
      );
  }
});

function copyTo(task: Task, node: Node, to: string, isSame: boolean): void {
  const at = task.path(to);
  const { mode } = node;
  const modified = isSame ? node.modified : task.now;
  if (node.type === 'file') {
    const isNew = !task.target(to);
    task.files.write(at, node.data, { mode, modified });
    const made = task.target(to);
    if (made && isSame) Object.assign(made, { mode, uid: node.uid, gid: node.gid });
    else if (made && isNew) made.mode = mode;
    return;
  }
  if (node.type === 'symlink') {
    if (task.node(to)) task.files.remove(at, task.now);
    task.files.symlink(node.target, at, modified);
    return;
  }
  const inside = copyNode(node);
  task.files.mkdir(at, { mode, modified });
  if (inside.type === 'directory')
    for (const [name, one] of inside.entries) copyTo(task, one, posix.join(to, name), isSame);
}

export const mv = program(async (task) => {
  const { rest } = task.options('fn');
  for (const [from, to] of targets(task, rest)) {
    const [old, there] = [task.node(from), task.node(to)];
    const refuse = async (text: string): Promise<void> => {
      task.code = 1;
      await task.complain(text);
    };
    if (old && there && task.path(from) === task.path(to))
      await refuse(`'${from}' and '${to}' are the same file`);
    else if (there?.type === 'directory' && there.entries.size > 0)
      await refuse(`can't rename '${from}': Directory not empty`);
    else
      await task.try(
        () => {
          if (old && there) task.files.remove(task.path(to), task.now);
          task.files.rename(task.path(from), task.path(to), task.now);
        },
        (reason) => `can't rename '${from}': ${reason}`,
      );
  }
});

export const ln = program(async (task) => {
  const { given, rest } = task.options('sfn');
  if (!given.has('s')) throw new Failure("tslxd/testing has 'ln' with the option '-s' alone");
  const paths = rest.length === 1 ? [...rest, '.'] : rest;
  for (const [from, to] of targets(task, paths)) {
    if (given.has('f') && task.node(to)) task.files.remove(task.path(to), task.now);
    await task.try(
      () => task.files.symlink(from, task.path(to), task.now),
      (reason) => `${to}: ${reason}`,
    );
  }
});

export const chmod = program(async (task) => {
  const [first = ''] = task.args;
  const isDeep = first === '-R';
  const [mode, ...paths] = isDeep ? task.args.slice(1) : task.args;
  if (mode === undefined || paths.length === 0) throw new Failure('missing operand');
  const change = (node: Node): void => {
    node.mode = changedMode(mode, node);
    if (isDeep && node.type === 'directory') for (const one of node.entries.values()) change(one);
  };
  for (const path of paths) {
    const node = task.target(path);
    if (node) change(node);
    else {
      task.code = 1;
      await task.complain(`${path}: No such file or directory`);
    }
  }
});

export const chown = program(async (task) => {
  const isDeep = task.args[0] === '-R';
  const [owner, ...paths] = isDeep ? task.args.slice(1) : task.args;
  if (owner === undefined || paths.length === 0) throw new Failure('missing operand');
  const [user = '', group] = owner.split(':');
  const id = (name: string, kind: 'user' | 'group'): number => {
    if (/^\d+$/.test(name)) return Number(name);
    const list = task.target(kind === 'user' ? '/etc/passwd' : '/etc/group');
    const line =
      list?.type === 'file'
        ? list.data
            .toString()
            .split('\n')
            .find((one) => one.startsWith(`${name}:`))
        : undefined;
    if (line === undefined) throw new Failure(`unknown ${kind} ${name}`);
    return Number(line.split(':')[2]);
  };
  const given = { ...(user && { uid: id(user, 'user') }), ...(group && { gid: id(group, 'group') }) };
  const change = (node: Node): void => {
    Object.assign(node, given);
    if (isDeep && node.type === 'directory') for (const one of node.entries.values()) change(one);
  };
  for (const path of paths) {
    const node = task.target(path);
    if (node) change(node);
    else {
      task.code = 1;
      await task.complain(`${path}: No such file or directory`);
    }
  }
});
