import { posix } from 'node:path';
import {
  copyNode,
  directory,
  fromJson,
  toJson,
  type Attributes,
  type DirectoryNode,
  type Node,
  type NodeJson,
} from './nodes.js';

/** Linux's own limit. */
const maxLinks = 40;

const texts = {
  ENOENT: 'no such file or directory',
  ENOTDIR: 'not a directory',
  EISDIR: 'is a directory',
  EEXIST: 'file exists',
  ENOTEMPTY: 'directory not empty',
  EBUSY: 'device or resource busy',
  ELOOP: 'too many levels of symbolic links',
} as const;

/** What a file system says no with. */
export class FileError extends Error {
  constructor(
    readonly code: keyof typeof texts,
    /** As Go's package `os` begins its errors: what was tried on what. */
    what: string,
  ) {
    super(`${what}: ${texts[code]}`);
  }
}

/** Where a path leads: a directory that is there, and a name that may be in it. The root has no name. */
interface Place {
  parent: DirectoryNode;
  name: string;
  node: Node | undefined;
}

/** All of a file system, as JSON. */
export type FileTree = NodeJson;

/** A small file system in memory. Paths are taken from the root, whether they say so or not. */
export class FileSystem {
  readonly #root: DirectoryNode;

  constructor(root: DirectoryNode = directory()) {
    this.#root = root;
  }

  static fromTree(tree: FileTree): FileSystem {
    return new FileSystem(fromJson(tree) as DirectoryNode);
  }

  toTree(): FileTree {
    return toJson(this.#root);
  }

  copy(): FileSystem {
    return new FileSystem(copyNode(this.#root) as DirectoryNode);
  }

  /** All that is in it, the root with the path `/` first, and each directory before what is in it. */
  *all(): Generator<[path: string, node: Node]> {
    yield* everything('/', this.#root);
  }

  /** Puts what was at a path elsewhere there, and what is missing on the way; the root's owner and mode become its own. */
  put(path: string, node: Node): void {
    const parent = posix.dirname(posix.join('/', path));
    if (posix.join('/', path) === '/') {
      const { mode, uid, gid, modified } = node;
      Object.assign(this.#root, { mode, uid, gid, modified });
      return;
    }
    this.mkdirs(parent);
    this.#find(path, 'put', false).parent.entries.set(posix.basename(path), copyNode(node));
  }

  /** What is at a path; a link itself, not where it leads. @throws FileError */
  lstat(path: string): Node {
    return this.#there(this.#find(path, 'lstat', false), 'lstat', path);
  }

  /** What a path leads to. @throws FileError */
  stat(path: string): Node {
    return this.#there(this.#find(path, 'open', true), 'open', path);
  }

  /** The bytes of a file. @throws FileError */
  read(path: string): Buffer {
    const node = this.stat(path);
    if (node.type !== 'file') throw new FileError('EISDIR', `read ${path}`);
    return node.data;
  }

  /** Writes a file, through links; owner and mode are those of a new one. @throws FileError */
  write(
    path: string,
    data: Buffer,
    { append = false, ...given }: Partial<Attributes> & { append?: boolean },
  ): void {
    const place = this.#find(path, 'open', true);
    const { node, parent, name } = place;
    const { modified = 0 } = given;
    if (node?.type === 'directory') throw new FileError('EISDIR', `open ${path}`);
    if (append && !node) throw new FileError('ENOENT', `open ${path}`);
    if (node?.type === 'file') {
      node.data = append ? Buffer.concat([node.data, data]) : data;
      node.modified = modified;
    } else {
      parent.entries.set(name, { mode: 0o644, uid: 0, gid: 0, modified, ...given, type: 'file', data });
      parent.modified = modified;
    }
  }

  /** Makes a directory; what is there already, even a file, is left alone, as by the servers. @throws FileError */
  mkdir(path: string, given: Partial<Attributes>): void {
    const { node, parent, name } = this.#find(path, 'mkdir', false);
    if (node) return;
    const { modified = 0 } = given;
    parent.entries.set(name, { ...directory(0o755, modified), ...given });
    parent.modified = modified;
  }

  /** Makes directories on the way to a path too. @throws FileError */
  mkdirs(path: string, given: Partial<Attributes> = {}): void {
    const parent = posix.dirname(posix.join('/', path));
    if (parent !== '/') this.mkdirs(parent, given);
    this.mkdir(path, given);
  }

  /** @throws FileError */
  symlink(target: string, path: string, modified = 0): void {
    const { node, parent, name } = this.#find(path, 'lstat', false);
    if (node) throw new FileError('EEXIST', `symlink ${target} ${path}`);
    parent.entries.set(name, { type: 'symlink', target, mode: 0o777, uid: 0, gid: 0, modified });
    parent.modified = modified;
  }

  /** Removes a file, a link or an empty directory. @throws FileError */
  remove(path: string, modified = 0): void {
    const { node, parent, name } = this.#find(path, 'remove', false);
    if (name === '') throw new FileError('EBUSY', `remove ${path}`);
    if (!node) throw new FileError('ENOENT', `remove ${path}`);
    if (node.type === 'directory' && node.entries.size > 0)
      throw new FileError('ENOTEMPTY', `remove ${path}`);
    parent.entries.delete(name);
    parent.modified = modified;
  }

  /** Gives something another path, at which nothing may be. @throws FileError */
  rename(from: string, to: string, modified = 0): void {
    const old = this.#find(from, 'rename', false);
    const place = this.#find(to, 'rename', false);
    if (old.name === '') throw new FileError('EBUSY', `rename ${from}`);
    if (!old.node) throw new FileError('ENOENT', `rename ${from}`);
    if (place.node) throw new FileError('EEXIST', `rename ${to}`);
    old.parent.entries.delete(old.name);
    place.parent.entries.set(place.name, old.node);
    old.parent.modified = place.parent.modified = modified;
  }

  #there({ node }: Place, call: string, path: string): Node {
    if (!node) throw new FileError('ENOENT', `${call} ${path}`);
    return node;
  }

  #find(path: string, call: string, follow: boolean): Place {
    const what = `${call} ${path}`;
    let left = posix.join('/', path).split('/').filter(Boolean);
    let trail: DirectoryNode[] = [this.#root];
    let links = 0;
    for (;;) {
      const parent = trail.at(-1) ?? this.#root;
      const [name, ...rest] = left;
      if (name === undefined) return { parent, name: '', node: parent };
      if (name === '..') {
        trail = trail.slice(0, Math.max(1, trail.length - 1));
        left = rest;
        continue;
      }
      const node = parent.entries.get(name);
      if (node?.type === 'symlink' && (rest.length > 0 || follow)) {
        if (++links > maxLinks) throw new FileError('ELOOP', what);
        if (node.target.startsWith('/')) trail = [this.#root];
        left = [...node.target.split('/').filter((part) => part !== '' && part !== '.'), ...rest];
        continue;
      }
      if (rest.length === 0) return { parent, name, node };
      if (!node) throw new FileError('ENOENT', what);
      if (node.type !== 'directory') throw new FileError('ENOTDIR', what);
      trail = [...trail, node];
      left = rest;
    }
  }
}

function* everything(path: string, node: Node): Generator<[path: string, node: Node]> {
  yield [path, node];
  if (node.type !== 'directory') return;
  for (const [name, one] of node.entries) yield* everything(posix.join(path, name), one);
}
