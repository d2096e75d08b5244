import type { Attributes, Node } from '../files/nodes.js';

const typeBits = { file: 0o100000, directory: 0o040000, symlink: 0o120000 } as const;

const has = { size: 1, owner: 2, mode: 4, times: 8 } as const;

/** A packet that is none, or speaks of what is not there. */
export class PacketError extends Error {}

/** Reads the fields of a packet of SFTP, one after the other. @throws PacketError where it is too short */
export class PacketReader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#step(1));
  }

  int(): number {
    return this.#bytes.readUInt32BE(this.#step(4));
  }

  long(): number {
    return Number(this.#bytes.readBigUInt64BE(this.#step(8)));
  }

  data(): Buffer {
    const length = this.int();
    const start = this.#step(length);
    return this.#bytes.subarray(start, this.#at);
  }

  text(): string {
    return this.data().toString();
  }

  attributes(): Partial<Attributes> & { size?: number } {
    const flags = this.int();
    const found: Partial<Attributes> & { size?: number } = {};
    if (flags & has.size) found.size = this.long();
    if (flags & has.owner) {
      found.uid = this.int();
      found.gid = this.int();
    }
    if (flags & has.mode) found.mode = this.int() & 0o7777;
    if (flags & has.times) {
      this.int(); // when it was read last, which is not kept
      found.modified = this.int() * 1000;
    }
    return found;
  }

  #step(bytes: number): number {
    const start = this.#at;
    this.#at += bytes;
    if (this.#at > this.#bytes.length) throw new PacketError('The packet is too short');
    return start;
  }
}

export function int(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value >>> 0);
  return bytes;
}

export function text(value: string | Buffer): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([int(bytes.length), bytes]);
}

/** What is told of something in a file system. */
export function attributes(node: Node): Buffer {
  const size = Buffer.alloc(8);
  if (node.type === 'file') size.writeBigUInt64BE(BigInt(node.data.length));
  const seconds = int(Math.floor(node.modified / 1000));
  return Buffer.concat([
    int(has.size | has.owner | has.mode | has.times),
    size,
    int(node.uid),
    int(node.gid),
    int(typeBits[node.type] | (node.mode & 0o7777)),
    seconds,
    seconds,
  ]);
}

/** A packet with its length before it. */
export function packet(type: number, ...fields: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.from([type]), ...fields]);
  return Buffer.concat([int(body.length), body]);
}
