import type { Readable, Writable } from 'node:stream';
import type { WindowSize } from '../exec/window.js';

/** A console of an instance of the fake, while somebody is attached to it. */
export interface FakeConsole {
  readonly instance: string;
  readonly project: string;
  /** Text, or one of the raw sockets to the screen of a virtual machine. */
  readonly type: 'console' | 'vga';
  /** The present size of the terminal of who is attached, in characters. */
  readonly terminal: WindowSize;
  /** What is typed, the enter key as a newline; it is shown by itself. Of `vga` the bytes as they come. */
  readonly stdin: Readable;
  /** What is shown; text is in the log, too. Ending it ends the console for who is attached. */
  readonly stdout: Writable;
  /** Fires when nobody is attached any more, as when the instance stops. */
  readonly signal: AbortSignal;
  readonly onResize: (listener: (size: WindowSize) => void) => void;
}

/** What a console shows in the end, beside what was written to it. */
export interface FakeConsoleResult {
  stdout?: string | Uint8Array;
}

/** Is what runs behind a console, or leaves that to others by returning nothing. */
export type ConsoleHandler = (
  console: FakeConsole,
) => FakeConsoleResult | undefined | Promise<FakeConsoleResult | undefined>;
