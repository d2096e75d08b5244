import type { Readable, Writable } from 'node:stream';
import type { FakeFiles } from './files.js';
import type { WindowSize } from './window.js';

/** A command that somebody runs in an instance of the fake. */
export interface FakeCommand {
  readonly instance: string;
  readonly project: string;
  /** The program and its arguments. */
  readonly command: readonly string[];
  /** What the caller and the instance's config set, and what the servers add. */
  readonly environment: Readonly<Record<string, string>>;
  readonly cwd: string;
  readonly user: number;
  readonly group: number;
  /** Whether it has a terminal: then there is no stderr of its own. */
  readonly interactive: boolean;
  /** The present size of the terminal, in characters. */
  readonly terminal: WindowSize;
  readonly stdin: Readable;
  readonly stdout: Writable;
  readonly stderr: Writable;
  /** Fires when the command is killed. */
  readonly signal: AbortSignal;
  /** Those of the instance, which it reads and writes. */
  readonly files: FakeFiles;
  /** All of its input, as text, once it has ended. */
  readonly input: () => Promise<string>;
  /** Takes signals, by their number, that would end the command otherwise; 9 always does. */
  readonly onSignal: (listener: (signal: number) => void) => void;
  readonly onResize: (listener: (size: WindowSize) => void) => void;
}

/** What a command says at its end, beside what it wrote to its streams. */
export interface FakeCommandResult {
  stdout?: string | Uint8Array;
  stderr?: string | Uint8Array;
  /** 0 by default; 126 and 127 fail as the servers have it. */
  exitCode?: number;
}

/** Runs commands, or leaves one to others by returning nothing. */
export type ExecHandler = (
  command: FakeCommand,
) => FakeCommandResult | undefined | Promise<FakeCommandResult | undefined>;
