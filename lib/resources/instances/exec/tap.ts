import { Readable } from 'node:stream';
import { InvalidInputError } from '../../../errors/index.js';
import type { Output, Piece } from './output.js';

/** A stream of what one output brings, or of several in the order in which it comes. */
export class Tap {
  readonly stream: Readable;
  readonly #open: Set<Output>;

  constructor(outputs: readonly Output[]) {
    this.#open = new Set(outputs);
    this.stream = new Readable({
      read: () => {
        for (const output of outputs) output.release(this);
      },
      destroy: (error, done) => {
        for (const output of outputs) output.leave(this);
        done(error);
      },
    });
    this.stream.on('error', () => undefined); // who only awaits the result gets it there
    for (const { data } of inOrder(outputs)) this.stream.push(data);
    for (const output of outputs) output.join(this);
  }

  /** Whether somebody has begun to read it. */
  get isRead(): boolean {
    return this.stream.readableFlowing !== null;
  }

  /** Whether something waits in it for its reader. */
  get holds(): boolean {
    return this.stream.readableLength > 0;
  }

  /** False if it is full. */
  push(data: Buffer): boolean {
    return this.stream.push(data);
  }

  /** One of its outputs has ended, well or with what went wrong. */
  end(output: Output, error?: Error): void {
    this.#open.delete(output);
    if (error) this.stream.destroy(error);
    else if (this.#open.size === 0) this.stream.push(null);
  }
}

/** A stream of these outputs; if some of what they brought is gone, one that says so to its reader. */
export function tapOf(outputs: readonly Output[]): Readable {
  if (!outputs.some(({ isGone }) => isGone)) return new Tap(outputs).stream;
  const stream = new Readable({ read: () => undefined });
  stream.on('error', () => undefined); // its reader gets it all the same
  return stream.destroy(
    new InvalidInputError(
      'exec(): some of this output is gone: with `buffer: false`, take the streams that you want before you read another ' +
        'one, and before you await or iterate the command',
    ),
  );
}

/** What the outputs have here, in the order in which it came. */
export function inOrder(outputs: readonly Output[]): readonly Piece[] {
  const [first, ...others] = outputs.map(({ pieces }) => pieces);
  if (!first || others.length === 0) return first ?? [];
  return [...first, ...others.flat()].sort((one, other) => one.at - other.at);
}
