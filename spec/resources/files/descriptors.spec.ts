import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { FakeServer } from 'tslxd/testing';
import { afterwards } from '../../rest/test-server.js';
import { bundle } from '../../support/bundle.js';

test('600 files are pushed, pulled, looked at and removed with 192 descriptors', async () => {
  const server = await FakeServer.start();
  server.addInstance({ name: 'web', status: 'Running' });
  const folder = await mkdtemp(join(tmpdir(), 'tslxd-descriptors-'));
  const built = await bundle([join(import.meta.dirname, 'descriptors.child.ts')]);
  afterwards(async () => {
    await server.close();
    await built.remove();
    await rm(folder, { recursive: true, force: true });
  });
  const local = join(folder, 'local');
  await mkdir(local);
  for (let i = 0; i < 600; i++) await writeFile(join(local, `f${i}`), 'x');
  const script = join(built.folder, 'descriptors.child.mjs');
  const words = ['ulimit -n 192; exec "$@"', 'sh', process.execPath, script];
  const args = ['-c', ...words, server.socketPath, local, join(folder, 'back')];
  const { stdout } = await promisify(execFile)('sh', args, { timeout: 110_000 });
  expect(JSON.parse(stdout)).toEqual({ left: false, stdout: 'well', back: 600 });
}, 120_000);
