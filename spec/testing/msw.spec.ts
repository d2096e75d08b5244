import { http } from 'msw';
import { setupServer } from 'msw/node';
import { Client } from '../../lib/client.js';
import { FakeServer } from '../../lib/testing/index.js';

// In a file of its own: msw replaces node:http for the whole process.
describe('in an msw set-up', () => {
  it('answers through one handler, with the socket never opened', async () => {
    await using fake = await FakeServer.start({ product: 'incus', operationTime: 1 });
    fake.addInstance({ name: 'web' });
    const msw = setupServer(...fake.handlers(http));
    msw.listen({ onUnhandledRequest: 'error' });
    try {
      await using client = new Client({ socketPath: '/nowhere/unix.socket' });
      const web = await client.instances.get('web');
      await web.start();
      expect(web.status).toBe('Running');
      expect(fake.requests.map(({ method }) => method)).toContain('PUT');
    } finally {
      msw.close();
    }
  });
});
