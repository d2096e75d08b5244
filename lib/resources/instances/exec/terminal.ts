import type { Readable, Writable } from 'node:stream';

/** The terminal that we are in: `process`, or something with such streams. */
export interface Terminal {
  stdin: NodeJS.ReadableStream & { isTTY?: boolean; setRawMode?(raw: boolean): unknown };
  stdout: NodeJS.WritableStream & { columns?: number; rows?: number };
}

/** The terminal over there. */
export interface RemoteTerminal {
  input: Writable;
  output: Readable;
  resize: (columns: number, rows: number) => void;
}

/** Connects two terminals until `over`, and leaves ours as it was, whatever happens. */
export async function attachTerminal<T>(
  { input, output, resize }: RemoteTerminal,
  { stdin, stdout }: Terminal,
  over: Promise<T>,
): Promise<T> {
  const fit = () => {
    if (stdout.columns && stdout.rows) resize(stdout.columns, stdout.rows);
  };
  const raw = stdin.isTTY === true;
  const leave = () => output.destroy(); // nobody sees it any more
  try {
    if (raw) stdin.setRawMode?.(true);
    fit();
    stdout.on('resize', fit);
    stdout.once('close', leave);
    stdin.pipe(input, { end: !raw });
    output.pipe(stdout, { end: false });
    const result = await over;
    await passedOn(output, stdout);
    return result;
  } finally {
    stdout.off('resize', fit);
    stdout.off('close', leave);
    stdin.unpipe(input);
    output.unpipe(stdout);
    stdin.pause();
    if (raw) stdin.setRawMode?.(false);
  }
}

/** Resolves when a slow terminal has got the last of it too, or there is none any more. */
async function passedOn(output: Readable, stdout: NodeJS.WritableStream): Promise<void> {
  if (output.readableEnded || output.destroyed) return;
  await new Promise<void>((resolve) => {
    const done = () => {
      stdout.off('close', done);
      resolve();
    };
    output.once('end', done).once('close', done);
    stdout.once('close', done);
  });
}
