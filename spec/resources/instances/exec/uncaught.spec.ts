import { join } from 'node:path';
import { runChild } from '../../../support/child.js';

test('nothing that a command leaves behind ends the process, whatever ends the command', async () => {
  const child = join(import.meta.dirname, 'uncaught.child.ts');
  const { stdout } = await runChild(child, [], { timeout: 300_000 });
  expect((JSON.parse(stdout) as { faults: string[] }).faults).toEqual([]);
}, 300_000);
