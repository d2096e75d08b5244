import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import {
  BadRequestError,
  LxdError,
  NotFoundError,
  Operation,
  OperationCancelledError,
  PreconditionFailedError,
} from 'tslxd';
import { makeEmpty, useClient } from './client.js';
import { describeReal } from './harness.js';

describeReal('requests and operations', (server) => {
  const { client, requestsOf } = useClient(server);

  it('answer with metadata, with the end of an operation or with a stream', async () => {
    const { name } = await makeEmpty(server, client);
    const names = await client.request('GET', '/1.0/instances', { query: { filter: `name eq ${name}` } });
    expect(names).toEqual([`/1.0/instances/${name}`]);
    const body = { config: { 'user.a': '1' } };
    expect(await client.request('PATCH', '/1.0/instances/{name}', { name, body })).toBeNull();
    expect(await server.read(`/1.0/instances/${name}`)).toMatchObject(body);

    const started = await client.request('POST', '/1.0/instances/{name}/snapshots', {
      name,
      body: { name: 'a' },
      wait: false,
    });
    expect(started).toBeInstanceOf(Operation);
    expect(await started.wait()).toMatchObject({ status: 'Success', id: started.id });

    const metrics: Readable = await client.request('GET', '/1.0/metrics');
    expect(await text(metrics)).toMatch(/# EOF\n$/);
  });

  it('reject with what the server said, wherever it said it', async () => {
    const { name } = await makeEmpty(server, client);
    const twice = client.request('POST', '/1.0/profiles', { body: { name: 'default' } });
    // Both servers have a 500 for it, where newer ones have a 409.
    await expect(twice).rejects.toMatchObject({
      message: expect.stringMatching(/^POST \/1\.0\/profiles: .*already exists \((500|409)\)$/),
      method: 'POST',
      path: '/1.0/profiles',
    });
    const body = { config: { 'limits.cpu': 'many' } };
    const stale = { name, body, ifMatch: 'ab'.repeat(32) };
    await expect(client.request('PATCH', '/1.0/instances/{name}', stale)).rejects.toThrow(
      PreconditionFailedError,
    );
    await expect(client.request('PATCH', '/1.0/instances/{name}', { name, body })).rejects.toThrow(LxdError);
    const mistyped = { name, body: { config: { 'user.a': 1 } } as never };
    await expect(client.request('PATCH', '/1.0/instances/{name}', mistyped)).rejects.toThrow(BadRequestError);
    await expect(client.request('GET', '/1.0/no-such-thing')).rejects.toThrow(NotFoundError);
    await expect(client.request('PUT' as 'GET', '/1.0/metrics')).rejects.toThrow(LxdError);
    const unsent = await requestsOf(() =>
      expect(client.request('GET', '1.0' as '/1.0')).rejects.toThrow(/begin with/),
    );
    expect(unsent).toEqual([]);
  });

  it('cancels what can be cancelled', async () => {
    const body = { type: 'client', name: server.uniqueName('token'), token: true };
    const answer = client.request('POST', '/1.0/certificates', { body, wait: false });
    const token = (await answer) as unknown as Operation<unknown>;
    expect(token).toMatchObject({ class: 'token', state: 'running', mayCancel: true });
    const ids = await requestsOf(async () => expect(await client.operations.names()).toContain(token.id));
    expect(ids).toEqual(['GET /1.0/operations 200']);
    const waiting = expect(token.wait({ timeout: 20_000 })).rejects.toThrow(OperationCancelledError);
    await (await client.operations.get(token.id)).cancel();
    await waiting;
    expect(token.state).toBe('cancelled');
  });

  it('knows no operation that is not there', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    await expect(client.operations.get(id)).rejects.toThrow(NotFoundError);
    expect(await client.operations.exists(id)).toBe(false);
    const allProjects = client.server.has('operations_get_query_all_projects');
    const all = await client.operations.all({ allProjects });
    expect(all.every((operation) => operation instanceof Operation && operation.isFetched)).toBe(true);
  });
});
