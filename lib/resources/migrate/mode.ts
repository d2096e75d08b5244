import { InvalidInputError } from '../../errors/index.js';
import { describe } from '../../orm/index.js';

/**
 * Who opens the connection of a migration: the target connects to the source (`pull`), the source to the
 * target (`push`), or neither can reach the other and this process connects to both (`relay`).
 */
export type MigrationMode = 'pull' | 'push' | 'relay';

const modes: readonly string[] = ['pull', 'push', 'relay'] satisfies MigrationMode[];

/** @throws InvalidInputError for what is no mode */
export function assertMode(mode: unknown, method: string): void {
  if (mode === undefined || (typeof mode === 'string' && modes.includes(mode))) return;
  throw new InvalidInputError(`${method}.mode must be 'pull', 'push' or 'relay', not ${describe(mode)}`);
}

/** @throws InvalidInputError for `wait: false`, which only who does without types can say */
export function assertWaited(options: object, method: string): void {
  if ((options as { wait?: unknown }).wait !== false) return;
  throw new InvalidInputError(`${method}() has two operations to watch, and is always waited for`);
}
