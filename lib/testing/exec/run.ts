import { programs } from './programs.js';
import type { FakeCommand, FakeCommandResult } from './command.js';
import type { Handlers } from './handlers.js';
import type { Process } from './process.js';
import { write } from './sink.js';

/** Runs a command by the first handler that takes it, or by a program of the fake's own; 127 is "there is none". */
export async function runCommand(
  process: Process,
  handlers: Handlers<FakeCommand, FakeCommandResult>,
): Promise<number> {
  const [name = ''] = process.command;
  const { result, failure } = await handlers.ask(process);
  if (failure !== undefined) {
    await write(process.stderr, failure);
    return 1;
  }
  if (result) {
    if (result.stdout !== undefined) await write(process.stdout, result.stdout);
    if (result.stderr !== undefined) await write(process.stderr, result.stderr);
    return result.exitCode ?? 0;
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
