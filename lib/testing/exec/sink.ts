import { Writable } from 'node:stream';

/** Takes bytes; resolves when more may come. */
export type Sink = (bytes: Buffer) => Promise<void>;

/** A stream into it; `broken` hears that it takes no more. */
export function writableTo(sink: Sink, broken: () => void = () => undefined): Writable {
  const stream = new Writable({
    write: (bytes: Buffer, _encoding, done) => {
      sink(bytes).then(
        () => done(),
        () => {
          broken();
          done();
        },
      );
    },
  });
  return stream.on('error', () => undefined);
}

/** Writes all of it. */
export function write(stream: Writable, bytes: string | Uint8Array): Promise<void> {
  return new Promise((resolve) => {
    if (stream.destroyed || stream.writableEnded) resolve();
    else stream.write(bytes, () => resolve());
  });
}
