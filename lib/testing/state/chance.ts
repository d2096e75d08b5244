import { randomBytes, randomUUID } from 'node:crypto';

/** What is left to chance: ids, names, addresses, secrets. With a seed it is the same each time. */
export class Chance {
  #state: number | undefined;

  constructor(seed?: number) {
    this.#state = seed;
  }

  bytes(count: number): Buffer {
    if (this.#state === undefined) return randomBytes(count);
    return Buffer.from(Array.from({ length: count }, () => this.#next() & 255));
  }

  hex(count: number): string {
    return this.bytes(count).toString('hex');
  }

  /** A UUID, version 4. */
  uuid(): string {
    if (this.#state === undefined) return randomUUID();
    const bytes = this.bytes(16);
    bytes[6] = (bytes[6]! & 0x0f) | 0x40;
    bytes[8] = (bytes[8]! & 0x3f) | 0x80;
    return bytes.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
  }

  pick<T>(list: readonly T[]): T {
    return list[this.bytes(4).readUInt32BE() % list.length]!;
  }

  /** Mulberry32: good enough for what only has to look random. */
  #next(): number {
    this.#state = ((this.#state ?? 0) + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
