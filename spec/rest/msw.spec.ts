import { http as handlers, HttpResponse } from 'msw';
import { setupServer } from 'msw/node';
import { Client, NotFoundError } from 'tslxd';
import { FakeServer } from 'tslxd/testing';

// In a file of its own: msw replaces node:http for the whole process.
describe('beside msw', () => {
  const msw = setupServer();
  beforeAll(() => {
    msw.listen({ onUnhandledRequest: 'bypass' });
  });
  afterEach(() => {
    msw.resetHandlers();
  });
  afterAll(() => {
    msw.close();
  });

  it('lets what nobody mocks through to the real socket', async () => {
    await using server = await FakeServer.start();
    server.addInstance({ name: 'web' });
    const client = server.client();
    const web = await client.instances.get('web');
    web.config['user.a'] = '1';
    await web.save();
    const images = await Promise.all(Array.from({ length: 20 }, () => client.images.all()));
    expect(images).toHaveLength(20);
    expect((await client.instances.get('web')).config['user.a']).toBe('1');
  });

  it('is answered by msw where somebody mocks, though the socket is not there', async () => {
    const refusal = { type: 'error', error: 'Instance not found', error_code: 404 };
    msw.use(
      handlers.get('http://unix.socket/1.0/instances/:name', () =>
        HttpResponse.json(refusal, { status: 404 }),
      ),
    );
    await using client = new Client({ socketPath: '/no/such/folder/unix.socket' });
    await expect(client.instances.get('web')).rejects.toThrow(NotFoundError);
  });
});
