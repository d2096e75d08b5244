import { execFile } from 'node:child_process';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { bundle } from './bundle.js';

export interface ChildOptions {
  /** After so many milliseconds it is killed, and the spec fails. */
  timeout?: number;
}

/** Runs a TypeScript file in a process of its own: jest hides unhandled rejections, and when a process would end. */
export async function runChild(
  file: string,
  args: readonly string[] = [],
  { timeout = 20_000 }: ChildOptions = {},
): Promise<{ stdout: string; stderr: string }> {
  const { folder, remove } = await bundle([file]);
  const script = join(folder, basename(file).replace(/ts$/, 'mjs'));
  try {
    return await promisify(execFile)(process.execPath, [script, ...args], { timeout });
  } finally {
    await remove();
  }
}
