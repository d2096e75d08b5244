import { programs } from './programs.js';
import type { ExecHandler } from './command.js';
import { write, type Process } from './process.js';

/** Runs a command by the first handler that takes it, or by a program of the fake's own; 127 is "there is none". */
export async function runCommand(process: Process, handlers: readonly ExecHandler[]): Promise<number> {
  const [name = ''] = process.command;
  try {
    for (const handler of handlers) {
      const result = await handler(process);
      if (!result) continue;
      if (result.stdout !== undefined) await write(process.stdout, result.stdout);
      if (result.stderr !== undefined) await write(process.stderr, result.stderr);
      return result.exitCode ?? 0;
    }
  } catch (error) {
    const said = error instanceof Error ? error.stack : String(error);
    await write(process.stderr, `tslxd/testing: what onExec() was given failed: ${String(said)}\n`);
    return 1;
  }
  const program = programs.get(name.replace(/^\/(?:usr\/)?s?bin\//, ''));
  if (program) return program(process, (child) => runCommand(child, handlers));
  return exists(process, name) ? 126 : 127;
}

function exists({ spec }: Process, name: string): boolean {
  if (!name.includes('/')) return false;
  try {
    return spec.files.stat(name).type === 'file';
  } catch {
    return false;
  }
}
