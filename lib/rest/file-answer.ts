import { Readable } from 'node:stream';
import { ProtocolError } from '../errors/index.js';
import type { Asked } from './asked.js';
import { openEnvelope } from './envelope.js';
import { readText } from './read-text.js';
import type { TransportHead, TransportStream } from './transport.js';

/** As much of an answer as is looked at for an error, in bytes: none is longer. */
const peeked = 1 << 16;

/**
 * The answer, if it is a file, a listing or a log. @throws the server's refusal, also out of a 200, and ProtocolError for
 * what is neither: a redirect, a part, nothing
 */
export async function fileOf(
  response: TransportStream,
  asked: Asked,
  maxAnswerSize: number | undefined,
): Promise<TransportHead & { body: Readable }> {
  const { status, headers, body } = response;
  if (status === 200) {
    assertPlain(response, asked);
    const json = asked.method !== 'HEAD' && /^application\/json\b/i.test(headers['content-type'] ?? '');
    return json ? listingOf(response, asked) : response;
  }
  try {
    if (status >= 400) openEnvelope({ ...response, body: await readText(body, maxAnswerSize, asked) }, asked);
  } finally {
    body.destroy();
  }
  throw new ProtocolError(
    `${asked.method} ${asked.path}: answered ${String(status)}, which brings no file; is there a proxy between?`,
    { ...asked, status },
  );
}

/** No encoding was asked for, so that what comes in one is not the file. */
function assertPlain({ headers, body, status }: TransportStream, asked: Asked): void {
  const encoding = headers['content-encoding'] ?? 'identity';
  if (encoding === 'identity') return;
  body.destroy();
  throw new ProtocolError(
    `${asked.method} ${asked.path}: answered in the encoding ${JSON.stringify(encoding)}, which was not asked for`,
    { ...asked, status },
  );
}

/** What is JSON, unless it is the envelope of an error; what was read to see that is put back. */
async function listingOf(response: TransportStream, asked: Asked): Promise<TransportStream> {
  const { body } = response;
  const pieces: Buffer[] = [];
  let length = 0;
  let piece: Buffer | undefined;
  while (length < peeked && (piece = await nextPiece(body))) {
    pieces.push(piece);
    length += piece.length;
  }
  const start = Buffer.concat(pieces);
  if (length < peeked) {
    const text = start.toString();
    if (isError(text)) openEnvelope({ ...response, body: text }, asked);
    return { ...response, body: Readable.from([start], { objectMode: false }) };
  }
  body.unshift(start);
  return response;
}

function isError(text: string): boolean {
  try {
    return (JSON.parse(text) as { type?: unknown } | null)?.type === 'error';
  } catch {
    return false; // a file of that name, perhaps a damaged one
  }
}

/** The next piece, or undefined when there are no more; rejects where the body breaks off. */
async function nextPiece(body: Readable): Promise<Buffer | undefined> {
  for (;;) {
    const piece = body.read() as Buffer | null;
    if (piece) return piece;
    if (body.readableEnded || body.destroyed) {
      if (body.errored) throw body.errored;
      return undefined;
    }
    await new Promise<void>((resolve) => {
      const events = ['readable', 'end', 'close', 'error'];
      const wake = () => {
        for (const event of events) body.off(event, wake);
        resolve();
      };
      for (const event of events) body.on(event, wake);
    });
  }
}
