import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

/** Every byte of the frames, and every so manyth of heads and JSON; all of them with TSLXD_EVERY_OFFSET=1 (16,700 runs, 150 s). */
const strides = process.env.TSLXD_EVERY_OFFSET ? [1, 1] : [1, 16];

interface Summary {
  faults: string[];
  ends: Record<string, number | undefined>;
  runs: number;
}

test('an exec whose connections are cut, delayed, halved or have a byte twice, at any byte, ends right or in an error of ours', async () => {
  const child = join(import.meta.dirname, 'offsets.child.ts');
  const args = ['--import', 'tsx', child, JSON.stringify({ strides })];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { faults, ends, runs } = JSON.parse(stdout) as Summary;
  expect(faults).toEqual([]);
  expect(runs).toBeGreaterThan(1000);
  // How many of each a busy machine decides: there a socket may come too late for the server.
  expect(ends.right).toBeGreaterThan(0);
  expect(ends.ConnectionError).toBeGreaterThan(0);
}, 600_000);
