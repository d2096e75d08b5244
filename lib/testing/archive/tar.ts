import { directory, type Attributes, type Node } from '../files/nodes.js';

/** What an archive has at a path; what is in a directory are entries of their own. */
export interface TarEntry {
  path: string;
  node: Node;
}

const block = 512;
const types = { '0': 'file', '\0': 'file', '5': 'directory', '2': 'symlink' } as const;
const flags = { file: '0', directory: '5', symlink: '2' } as const;

/** An archive in the form of GNU tar, which both servers and every `tar` read. */
export function writeTar(entries: Iterable<TarEntry>): Buffer {
  const parts: Buffer[] = [];
  for (const { path, node } of entries) {
    const target = node.type === 'symlink' ? node.target : '';
    if (Buffer.byteLength(path) > 100) parts.push(...longName('L', path));
    if (Buffer.byteLength(target) > 100) parts.push(...longName('K', target));
    const data = node.type === 'file' ? node.data : Buffer.alloc(0);
    parts.push(header(path, flags[node.type], data.length, node, target), padded(data));
  }
  return Buffer.concat([...parts, Buffer.alloc(2 * block)]);
}

/** What is in an archive. @throws RangeError for one that ends before its time */
export function* readTar(bytes: Buffer): Generator<TarEntry, void, void> {
  const long = { name: '', target: '' };
  for (let at = 0; at < bytes.length;) {
    const head = bytes.subarray(at, at + block);
    if (head.every((byte) => byte === 0)) break; // the end
    if (head.length === block && sumOf(head) !== number(head, 148, 8))
      throw new RangeError('archive/tar: invalid tar header');
    const size = number(head, 124, 12);
    const data = bytes.subarray(at + block, at + block + size);
    if (head.length < block || data.length < size) throw new RangeError('unexpected EOF');
    at += block + Math.ceil(size / block) * block;
    const flag = String.fromCharCode(head[156] ?? 0);
    if (flag === 'L') long.name = text(data, 0, size);
    else if (flag === 'K') long.target = text(data, 0, size);
    else if (flag === 'x') Object.assign(long, extended(data.toString()));
    else if (flag in types) {
      const name = long.name || [text(head, 345, 155), text(head, 0, 100)].filter(Boolean).join('/');
      const node = nodeOf(types[flag as keyof typeof types], head, data, long.target || text(head, 157, 100));
      yield { path: name.replace(/^(?:\.?\/)+|\/+$/g, ''), node };
      long.name = long.target = '';
    }
  }
}

function nodeOf(type: Node['type'], head: Buffer, data: Buffer, target: string): Node {
  const modified = number(head, 136, 12) * 1000;
  const mode = number(head, 100, 8) & 0o777;
  const given: Attributes = { mode, uid: number(head, 108, 8), gid: number(head, 116, 8), modified };
  if (type === 'file') return { ...given, type, data: Buffer.from(data) };
  return type === 'symlink' ? { ...given, type, target } : { ...directory(), ...given };
}

/** The two lines of a pax header that say what does not fit into a plain one. */
function extended(lines: string): { name?: string; target?: string } {
  const value = (key: string) => new RegExp(`^\\d+ ${key}=(.*)$`, 'm').exec(lines)?.[1];
  const [name, target] = [value('path'), value('linkpath')];
  return { ...(name && { name }), ...(target && { target }) };
}

function longName(flag: 'L' | 'K', name: string): Buffer[] {
  const data = Buffer.from(`${name}\0`);
  const nobody = { mode: 0, uid: 0, gid: 0, modified: 0 };
  return [header('././@LongLink', flag, data.length, nobody, ''), padded(data)];
}

function header(path: string, flag: string, size: number, of: Attributes, target: string): Buffer {
  const head = Buffer.alloc(block);
  head.write(path, 0, 100);
  const numbers = [of.mode, of.uid, of.gid];
  for (const [index, value] of numbers.entries()) head.write(octal(value, 7), 100 + index * 8);
  head.write(octal(size, 11), 124);
  head.write(octal(Math.floor(of.modified / 1000), 11), 136);
  head.write(flag, 156);
  head.write(target, 157, 100);
  head.write('ustar  \0', 257, 'latin1');
  head.write(`${octal(sumOf(head), 6)}\0 `, 148);
  return head;
}

/** The sum of a header, as if there were blanks in the place of it. */
function sumOf(head: Buffer): number {
  return head.reduce((all, byte, at) => all + (at >= 148 && at < 156 ? 32 : byte), 0);
}

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, '0');

function padded(data: Buffer): Buffer {
  const rest = data.length % block;
  return rest === 0 ? data : Buffer.concat([data, Buffer.alloc(block - rest)]);
}

function text(bytes: Buffer, start: number, length: number): string {
  const field = bytes.subarray(start, start + length);
  const end = field.indexOf(0);
  return field.toString('utf8', 0, end < 0 ? field.length : end);
}

const number = (bytes: Buffer, start: number, length: number): number =>
  Number.parseInt(text(bytes, start, length).trim() || '0', 8);
