import { posix } from 'node:path';
import type { FileNode } from '../files/nodes.js';
import { programs } from './programs.js';
import type { FakeCommand, FakeCommandResult } from './command.js';
import type { Handlers } from './handlers.js';
import type { Process } from './process.js';
import { write } from './sink.js';

/** Runs a command by the first handler that takes it, or by a program of the fake's own; 127 is "there is none". */
export async function runCommand(
  process: Process,
  handlers: Handlers<FakeCommand, FakeCommandResult>,
  depth = 0,
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
  const file = fileOf(process, name);
  if (!file) return 127;
  // As the kernel does it: the first line of a script says what runs it.
  const [, interpreter, argument] = /^#!\s*(\S+)[^\S\n]*(\S[^\n]*?)?\s*$/m.exec(firstLine(file.data)) ?? [];
  if (interpreter === undefined || (file.mode & 0o111) === 0 || depth > 4) return 126;
  const command = [
    interpreter,
    ...(argument === undefined ? [] : [argument]),
    name,
    ...process.command.slice(1),
  ];
  return runCommand(process.as(command), handlers, depth + 1);
}

const firstLine = (data: Buffer): string => data.subarray(0, 256).toString().split('\n', 1)[0] ?? '';

function fileOf({ spec, cwd }: Process, name: string): FileNode | undefined {
  if (!name.includes('/')) return undefined;
  try {
    const node = spec.files.stat(posix.resolve(cwd, name));
    return node.type === 'file' ? node : undefined;
  } catch {
    return undefined;
  }
}
