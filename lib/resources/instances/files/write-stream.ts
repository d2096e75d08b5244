import { PassThrough, Writable } from 'node:stream';

/** A stream whose bytes go to `send` as they come, and which finishes when that has. */
export function writeStream(send: (body: PassThrough) => Promise<void>): Writable {
  const body = new PassThrough({ highWaterMark: 1 << 20 });
  let sent: Promise<void> | undefined;
  const stream = new Writable({
    highWaterMark: 1 << 20,
    construct(ready) {
      sent = send(body);
      sent.catch((error: unknown) => stream.destroy(error as Error));
      ready();
    },
    write(chunk, _encoding, done) {
      if (body.write(chunk)) done();
      else body.once('drain', done);
    },
    final(done) {
      body.end();
      sent?.then(() => {
        done();
      }, done);
    },
    destroy(error, done) {
      // A body that breaks off makes the request fail, so that half a file is not taken for a whole one.
      if (stream.writableFinished) body.destroy();
      else body.destroy(error ?? new Error('the stream was destroyed before its end'));
      done(error);
    },
  });
  body.on('error', () => undefined);
  return stream;
}
