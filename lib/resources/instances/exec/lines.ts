import { StringDecoder } from 'node:string_decoder';

/**
 * Makes lines of the pieces that a stream brings. A line ends at `\n`, before which one `\r` is dropped, and nowhere else:
 * Node's readline also ends them at a lone `\r`, and from version 24 on at U+2028 and U+2029, which JSON may hold.
 */
export class LineSplitter {
  readonly #decoder = new StringDecoder('utf8');
  /** Pieces of the line that has not ended yet; joined once, since a line may come in thousands. */
  #open: string[] = [];

  /** The lines that end in this piece; a character that is cut by its end waits for the next. */
  push(piece: Buffer | string): string[] {
    const text = typeof piece === 'string' ? piece : this.#decoder.write(piece);
    const lines: string[] = [];
    let from = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', from)) {
      lines.push(this.#close(text.slice(from, at)));
      from = at + 1;
    }
    if (from < text.length) this.#open.push(text.slice(from));
    return lines;
  }

  /** What is left when no more comes: the last line, if nothing ended it. */
  end(): string[] {
    const rest = this.#decoder.end();
    if (rest) this.#open.push(rest);
    return this.#open.length > 0 ? [this.#close('')] : [];
  }

  #close(last: string): string {
    const line = this.#open.length > 0 ? this.#open.join('') + last : last;
    this.#open = [];
    return line.endsWith('\r') ? line.slice(0, -1) : line;
  }
}
