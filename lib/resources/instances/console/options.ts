import { assertOptions, InvalidInputError, type OptionNames } from '../../../errors/index.js';
import type { JsonMap } from '../../../orm/index.js';
import { size } from '../exec/options.js';

/** How to open a text console. */
export interface ConsoleOptions {
  /** `'console'` (default) is text, `'vga'` the screen of a virtual machine. */
  type?: 'console' | undefined;
  /** The terminal's size; 80 × 24 by default. */
  columns?: number | undefined;
  rows?: number | undefined;
  /** Takes the console over from whoever has it. Incus only (`console_force`). */
  force?: boolean | undefined;
  /** Detaches when it fires: an AbortedError. */
  signal?: AbortSignal | undefined;
}

/** How to open the screen of a virtual machine (`console_vga_type`). */
export interface VgaOptions extends Pick<ConsoleOptions, 'force' | 'signal'> {
  type: 'vga';
}

/** A checked request for a console. */
export interface ConsolePlan {
  body: JsonMap & { type: 'console' | 'vga'; force?: boolean };
  signal: AbortSignal | undefined;
}

const vga: OptionNames<VgaOptions> = { type: true, force: true, signal: true };
const known = { vga, console: { ...vga, columns: true, rows: true } satisfies OptionNames<ConsoleOptions> };

/** Checks what the caller gave, before anything is sent. */
export function consolePlan(options: ConsoleOptions | VgaOptions): ConsolePlan {
  assertOptions(options, known.console, 'console()');
  const { type = 'console', force = false, signal } = options;
  if (!Object.hasOwn(known, type)) {
    throw bad(`type is ${JSON.stringify(type)}; it is 'console' or 'vga'`);
  }
  assertOptions<object>(options, known[type], `console({ type: '${type}' })`);
  if (typeof force !== 'boolean') throw bad('force is true or false');
  const { columns, rows } = options as ConsoleOptions;
  const body: ConsolePlan['body'] = {
    type,
    ...(type === 'console' ? { width: size('columns', columns, 80), height: size('rows', rows, 24) } : {}),
    ...(force ? { force } : {}), // LXD does not know it
  };
  return { body, signal };
}

function bad(message: string): InvalidInputError {
  return new InvalidInputError(`console(): ${message}`);
}
