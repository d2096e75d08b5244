import { join } from 'node:path';
import { FakeServer } from 'tslxd/testing';
import { runChild } from '../support/child.js';

test('many listens, watches and waits may share one signal: Node warns of no leak', async () => {
  const server = await FakeServer.start();
  try {
    server.addInstance({ name: 'web' });
    const operation = server.addOperation({ time: 60_000 });
    const child = join(import.meta.dirname, 'one-signal.child.ts');
    const { stdout } = await runChild(child, [server.socketPath, operation]);
    expect(stdout.trim()).toBe('ABORT_ERR');
  } finally {
    await server.close();
  }
});
