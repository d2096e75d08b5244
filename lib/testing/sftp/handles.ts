import type { DirectoryNode, FileNode } from '../files/nodes.js';

/** A file that a client has open. */
export class OpenFile {
  readonly #append: boolean;
  #room: Buffer;

  constructor(
    readonly node: FileNode,
    append: boolean,
  ) {
    this.#append = append;
    this.#room = node.data;
  }

  read(offset: number, length: number): Buffer {
    return this.node.data.subarray(offset, offset + length);
  }

  /** Room is taken in steps that double, so that a large file is not copied with every piece. */
  write(offset: number, bytes: Buffer, modified: number): void {
    const { node } = this;
    const start = this.#append ? node.data.length : offset;
    const length = Math.max(node.data.length, start + bytes.length);
    if (node.data.buffer !== this.#room.buffer || length > this.#room.length) {
      const room = Buffer.alloc(Math.max(length, node.data.length * 2));
      node.data.copy(room);
      this.#room = room;
    }
    bytes.copy(this.#room, start);
    node.data = this.#room.subarray(0, length);
    node.modified = modified;
  }
}

/** A directory that a client reads: its names as they were when it was opened. */
export class OpenDirectory {
  #told = false;

  constructor(readonly node: DirectoryNode) {}

  /** All that are in it, once. */
  take(): [string, DirectoryNode['entries'] extends Map<string, infer N> ? N : never][] | undefined {
    if (this.#told) return undefined;
    this.#told = true;
    return [['.', this.node], ['..', this.node], ...this.node.entries];
  }
}
