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
  // The client may be closed before anybody reads; who reads then gets the error.
  stream.on('error', () => undefined);
  coming.then(
    (come) => {
      body = come;
      if (stream.destroyed) body.destroy();
      else if (body.errored) stream.destroy(body.errored); // it has failed since its head came
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
