import type { PassThrough } from 'node:stream';
import type { Process } from './process.js';
import type { Sink } from './sink.js';

const keys = { interrupt: 3, endOfInput: 4, newline: 10, enter: 13, quit: 28 };

/** What a terminal makes of output: lines end with a carriage return too. */
export function cooked(sink: Sink): Sink {
  return (bytes) => sink(Buffer.from(bytes.toString('latin1').replace(/\r?\n/g, '\r\n'), 'latin1'));
}

/** What a terminal makes of what is typed: it is shown, `^C` and `^\` are signals, `^D` ends the input. */
export function typed(bytes: Buffer, process: Process, stdin: PassThrough, show: Sink): void {
  const shown: number[] = [];
  for (const key of bytes) {
    if (key === keys.interrupt) process.kill(2);
    else if (key === keys.quit) process.kill(3);
    else if (key === keys.endOfInput) stdin.end();
    else {
      const byte = key === keys.enter ? keys.newline : key;
      if (!stdin.writableEnded) stdin.write(Buffer.from([byte]));
      shown.push(byte);
    }
  }
  if (shown.length > 0) show(Buffer.from(shown)).catch(() => undefined);
}
