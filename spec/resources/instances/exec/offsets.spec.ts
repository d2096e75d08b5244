import { join } from 'node:path';
import { runChild } from '../../../support/child.js';

/** Every byte of the frames, and every so manyth of heads and JSON; all of them with TSLXD_EVERY_OFFSET=1 (16,700 runs, 150 s). */
const strides = process.env.TSLXD_EVERY_OFFSET ? [1, 1] : process.env.CI ? [1, 16] : [3, 96];

interface Summary {
  faults: string[];
  ends: Record<string, number | undefined>;
  runs: number;
}

test('an exec whose connections are cut, delayed, halved or have a byte twice, at any byte, ends right or in an error of ours', async () => {
  const child = join(import.meta.dirname, 'offsets.child.ts');
  const { stdout } = await runChild(child, [JSON.stringify({ strides })], { timeout: 600_000 });
  const { faults, ends, runs } = JSON.parse(stdout) as Summary;
  expect(faults).toEqual([]);
  expect(runs).toBeGreaterThan(process.env.CI ? 1000 : 250);
  // How many of each a busy machine decides: there a socket may come too late for the server.
  expect(ends.right).toBeGreaterThan(0);
  expect(ends.ConnectionError).toBeGreaterThan(0);
}, 600_000);
