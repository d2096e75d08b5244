import { Readable, Writable } from 'node:stream';
import { ClosedError } from '../../errors/index.js';

/** How much waits between the writer and the connection, in bytes. */
const highWaterMark = 1 << 20;

/** A stream whose bytes go to `send` as they come, and which finishes when that has. */
export function writeStream(send: (body: Readable) => Promise<void>): Writable {
  let sent: Promise<void> | undefined;
  let drained: (() => void) | undefined;
  // Not a PassThrough, which costs a fifth of the throughput; and not the stream itself, which got would destroy.
  const body = new Readable({
    highWaterMark,
    read() {
      const done = drained;
      drained = undefined;
      done?.();
    },
  });
  body.on('error', () => undefined); // it is the stream's own
  const stream = new Writable({
    highWaterMark,
    construct(ready) {
      sent = send(body);
      sent.catch((error: unknown) => {
        // Closing the client must not end the process over a stream that nobody listens to.
        const unheard = error instanceof ClosedError && stream.listenerCount('error') === 0;
        stream.destroy(unheard ? undefined : (error as Error));
      });
      ready();
    },
    write(chunk, _encoding, done) {
      if (body.push(chunk)) done();
      else drained = done;
    },
    final(done) {
      body.push(null);
      sent?.then(() => {
        done();
      }, done);
    },
    destroy(error, done) {
      // A body that breaks off makes the request fail, so that half a file is not taken for a whole one.
      if (stream.writableFinished) body.destroy();
      else body.destroy(error ?? new Error('The stream was destroyed before its end'));
      done(error);
    },
  });
  return stream;
}
