import { once } from 'node:events';
import type { Readable } from 'node:stream';

/** The pieces of a stream that are still to come; whoever stops half-way leaves the rest to others. */
export async function* piecesOf(stream: Readable): AsyncGenerator<Buffer> {
  for (;;) {
    const piece = stream.read() as Buffer | null;
    if (piece !== null) yield piece;
    else if (stream.readableEnded || stream.destroyed) return;
    else await more(stream);
  }
}

async function more(stream: Readable): Promise<void> {
  const over = new AbortController();
  const { signal } = over;
  try {
    await Promise.race(
      ['readable', 'end', 'close', 'error'].map(async (event) => once(stream, event, { signal })),
    );
  } catch {
    // It is broken, which is its end.
  } finally {
    over.abort();
  }
}

/** All that is still to come. */
export async function allOf(stream: Readable): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(stream)) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** The next line with its end; what is after it is left there. Undefined where there is no more. */
export async function lineOf(stream: Readable): Promise<string | undefined> {
  const pieces: Buffer[] = [];
  for await (const piece of piecesOf(stream)) {
    const end = piece.indexOf(10);
    if (end < 0) {
      pieces.push(piece);
      continue;
    }
    pieces.push(piece.subarray(0, end + 1));
    if (end + 1 < piece.length) stream.unshift(piece.subarray(end + 1));
    break;
  }
  return pieces.length === 0 ? undefined : Buffer.concat(pieces).toString();
}
