/** Shows bytes to whoever is attached; resolves when more may come. */
type Watcher = (bytes: Buffer) => Promise<void>;

/**
 * The text console of an instance. Its log is as liblxc keeps it: a buffer, out of which what was read is gone, and a
 * file of everything, which a stop replaces by what nobody has read.
 */
export class InstanceConsole {
  #buffer: Buffer[] = [];
  #file: Buffer[] = [];
  #watcher: Watcher | undefined;

  get isAttached(): boolean {
    return this.#watcher !== undefined;
  }

  /** Returns what ends it. */
  attach(watcher: Watcher): () => void {
    this.#watcher = watcher;
    return () => {
      if (this.#watcher === watcher) this.#watcher = undefined;
    };
  }

  /** Three terminals, one behind the other, each put a carriage return before the end of a line; the log sees the first. */
  async show(bytes: Buffer): Promise<void> {
    const kept = withLineEnds(bytes, '\r\n');
    this.#buffer.push(kept);
    this.#file.push(kept);
    await this.#watcher?.(withLineEnds(bytes, '\r\r\r\n'));
  }

  /** What was shown since the last time. */
  read(): Buffer {
    const unread = Buffer.concat(this.#buffer);
    this.#buffer = [];
    return unread;
  }

  readFile(): Buffer {
    return Buffer.concat(this.#file);
  }

  emptyFile(): void {
    this.#file = [];
  }

  /** Its instance stops. */
  halt(): void {
    if (this.#buffer.length > 0) this.#file = this.#buffer;
    this.#buffer = [];
  }
}

function withLineEnds(bytes: Buffer, end: string): Buffer {
  return Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, end), 'latin1');
}
