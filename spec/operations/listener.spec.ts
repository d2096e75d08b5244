import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { described, operationServer } from './operation-server.js';
import { sync } from '../rest/test-server.js';

test('a listener that throws is an uncaught exception, as with any emitter, and the wait ends all the same', async () => {
  const end = described({ status_code: 200, metadata: { fs_progress: '100%' } });
  const server = await operationServer({
    wait: (response) => setTimeout(() => sync(response, end), 100), // jest would catch the exception: a child
  });
  const child = join(import.meta.dirname, 'listener.child.ts');
  const args = ['--import', 'tsx', child, server.socketPath];
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 20_000 });
  expect(stdout.trim().split('\n').sort()).toEqual([
    'ended {"fs_progress":"100%"}',
    'uncaught my listener is wrong',
  ]);
});
