import { join } from 'node:path';
import { described, operationServer } from './operation-server.js';
import { sync } from '../rest/test-server.js';
import { runChild } from '../support/child.js';

test('a listener that throws is an uncaught exception, as with any emitter, and the wait ends all the same', async () => {
  const end = described({ status_code: 200, metadata: { fs_progress: '100%' } });
  const server = await operationServer({
    wait: (response) => setTimeout(() => sync(response, end), 100), // jest would catch the exception: a child
  });
  const child = join(import.meta.dirname, 'listener.child.ts');
  const { stdout } = await runChild(child, [server.socketPath]);
  expect(stdout.trim().split('\n').sort()).toEqual([
    'ended {"fs_progress":"100%"}',
    'uncaught my listener is wrong',
  ]);
});
