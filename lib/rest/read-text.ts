import { ProtocolError } from '../errors/index.js';
import { askedOf, type Asked } from './asked.js';

/** Bytes of an answer that is read into memory: a larger one is none that a server of this API gives. */
export const defaultMaxAnswer = 256 * 1024 * 1024;

/** Collects an answer that is to be a text, and no more of it than is allowed. */
export class TextBuilder {
  readonly #pieces: Buffer[] = [];
  readonly #limit: number;
  readonly #asked: Asked;
  #length = 0;

  constructor(limit: number | undefined, asked: Asked) {
    this.#limit = limit ?? defaultMaxAnswer;
    this.#asked = asked;
  }

  /** @throws ProtocolError for what is too much */
  add(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#limit) throw tooLong(this.#limit, this.#asked);
    this.#pieces.push(piece);
  }

  /** The text, which is taken once: megabytes of pieces would else live on beside it. */
  take(): string {
    return Buffer.concat(this.#pieces.splice(0), this.#length).toString();
  }
}

/** Reads an answer into memory, up to a limit in bytes. @throws ProtocolError for a longer one */
export async function readText(
  body: AsyncIterable<unknown>,
  limit: number | undefined,
  asked: Asked,
): Promise<string> {
  const builder = new TextBuilder(limit, asked);
  for await (const piece of body) builder.add(piece as Buffer);
  return builder.take();
}

function tooLong(limit: number, asked: Asked): ProtocolError {
  const { method, path } = askedOf(asked);
  return new ProtocolError(
    `${method} ${path}: the answer is longer than ${String(limit)} bytes; ask for less, or raise maxAnswerSize`,
    { method, path },
  );
}
