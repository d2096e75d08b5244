import { Client, ForbiddenError, Operation, OperationCancelledError, OperationError } from 'tslxd';
import { rejection } from '../resources/support.js';
import { until } from '../rest/test-server.js';
import { useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('operations that stand for a token', (server) => {
  const { client } = useClient(server);

  /** A trust token, as its operation. */
  async function token(): Promise<Operation<unknown>> {
    const body = { name: server.uniqueName('token'), type: 'client', token: true } as never;
    const operation = await client.request('POST', '/1.0/certificates', { body });
    if (!operation) throw new Error('no token came');
    return operation;
  }

  it('are what client.request() resolves with at once, and are cancelled', async () => {
    const operation = await token();
    expect(operation).toBeInstanceOf(Operation);
    expect(operation).toMatchObject({ class: 'token', state: 'running' });
    expect(operation.metadata.secret).toMatch(/^[0-9a-f]{20,}$/);
    await operation.cancel();
    await operation.cancel(); // it has ended
    await client.operations.ref(operation.id).cancel();
  });

  it('can be waited for by who is not trusted and has the secret', async () => {
    const operation = await token();
    await using guest = new Client({ endpoint: server.httpsUrl, serverCert: server.serverCert });
    await rejection(guest.operations.get(operation.id), ForbiddenError);
    const wrong = guest.operations.ref(operation.id, { secret: 'x' });
    await rejection(wrong.wait(), ForbiddenError);
    const { secret } = operation.metadata as { secret: string };
    const waiting = rejection(guest.operations.ref(operation.id, { secret }).wait(), OperationError);
    let isOver = false;
    void waiting.then(() => (isOver = true));
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(isOver).toBe(false);
    await operation.cancel();
    expect(await waiting).toBeInstanceOf(OperationCancelledError);
    await until(() => isOver);
  });
});
