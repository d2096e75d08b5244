import { Readable } from 'node:stream';

/** The stream of a body that is yet to come. */
export function readStream(coming: Promise<Readable>): Readable {
  let body: Readable | undefined;
  const stream = new Readable({
    highWaterMark: 1 << 20,
    read() {
      body?.resume();
    },
    destroy(error, done) {
      body?.destroy();
      done(error);
    },
  });
  coming.then(
    (come) => {
      body = come;
      if (stream.destroyed) body.destroy();
      body.on('error', (error) => stream.destroy(error));
      body.once('end', () => stream.push(null));
      body.on('data', (chunk: Buffer) => {
        if (!stream.push(chunk)) come.pause();
      });
    },
    (error: unknown) => stream.destroy(error as Error),
  );
  return stream;
}
