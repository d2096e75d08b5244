import { text } from 'node:stream/consumers';
import { Client } from 'tslxd';
import type { FakeServer } from 'tslxd/testing';
import { callsOn, modelQuiet, quiet, taken, type Calls } from './call.js';

const local = quiet('asks no server');

const onClient = callsOn((client) => client, { isVerbatim: true });
const onServer = callsOn((client) => client.server.fetch());
const onEvents = callsOn((client) => client.events, { isEndless: true });
const withOperation = { before: (fake: FakeServer) => fake.addOperation({ time: 50 }) };
const onOperations = callsOn(
  (client, { made }) => ({ operations: client.operations, id: made as string }),
  withOperation,
);
const onOperation = callsOn((client, { made }) => client.operations.ref(made as string), withOperation);

export const clientCalls: Record<string, Calls> = {
  Client: {
    request: [
      onClient((client, { timed }) =>
        client.request('GET', '/1.0/instances/{name}', { name: 'web', ...timed }),
      ),
      onClient((client, { timed }) =>
        client.request('PUT', '/1.0/instances/{name}/state', {
          name: 'web',
          body: { action: 'stop', force: true },
          ...timed,
        }),
      ),
      onClient(async (client, { timed }) => {
        const body = await client.request('GET', '/1.0/instances/{name}/files', {
          name: 'web',
          query: { path: '/etc/motd' },
          ...timed,
        });
        return text(body as never);
      }),
    ],
    saveAll: callsOn(async (client) => {
      const models = await client.instances.all();
      for (const model of models) model.config['user.odd'] = 'yes';
      return { client, models };
    })(({ client, models }, { timed }) => client.saveAll(models, timed)),
    authenticate: onClient(async (client, { timed }) => {
      const token = await client.certificates.createToken({ name: 'odd' }, timed);
      await client.authenticate(token, timed);
    }),
    useProject: local,
    useTarget: local,
    credentials: local,
    close: local,
    asyncDispose: local,
    inspect: local,
    toJSON: local,
  },

  Server: {
    ...modelQuiet,
    has: local,
    require: local,
    configuration: onServer((server, { timed }) => server.configuration(timed), { server: 'incus' }),
    fetch: onServer((server, { timed }) => server.fetch(timed)),
    waitFor: onServer((server, { timed }) => server.waitFor(() => true, timed)),
    save: onServer((server, { timed }) => {
      server.config['user.odd'] = 'yes';
      return server.save(timed);
    }),
    delete: quiet('a server cannot be deleted'),
    rename: quiet('a server cannot be renamed'),
    resources: onServer((server, { timed }) => server.resources(timed)),
    metrics: onServer((server, { timed }) => server.metrics(timed)),
  },

  Events: {
    listen: [
      onEvents((events, { signalled }) => taken(events.listen(signalled), 3)),
      onEvents((events, { signalled }) => taken(events.listen({ types: ['lifecycle'], ...signalled }), 3)),
    ],
    on: onEvents(
      async (events, { signalled }) => {
        const off = events.on('lifecycle', () => undefined, signalled);
        await new Promise((resolve) => signalled.signal.addEventListener('abort', resolve));
        off();
      },
      { lenient: 'it goes on listening until a server comes' },
    ),
    ready: quiet('waits for those that listen with on(), without an end'),
  },

  OperationManager: {
    ref: local,
    get: onOperations(({ operations, id }, { timed }) => operations.get(id, timed)),
    all: onOperations(({ operations }, { timed }) => operations.all(timed)),
    find: onOperations(({ operations, id }, { timed }) => operations.find(id, timed)),
    names: onOperations(({ operations }, { timed }) => operations.names(timed)),
    exists: onOperations(({ operations, id }, { timed }) => operations.exists(id, timed)),
    asyncIterator: onOperations(({ operations }) => taken(operations)),
  },

  Operation: {
    toJSON: local,
    inspect: local,
    attach: quiet('is for the SDK itself'),
    fetch: onOperation((operation, { signalled }) => operation.fetch(signalled)),
    wait: onOperation((operation, { timed }) => operation.wait(timed)),
    cancel: onOperation((operation) => operation.cancel()),
    onProgress: onOperation(async (operation, { timed }) => {
      operation.onProgress(() => undefined);
      return operation.wait(timed);
    }),
    asyncIterator: quiet('is walked by wait(), which it ends with; without a limit of its own'),
  },
};

/** Static methods. */
export const staticCalls: Record<string, Calls> = {
  Client: {
    connect: callsOn((_, { place }) => place as { socketPath: string })(async (place, { timed }) => {
      const client = await Client.connect({ ...place, ...timed });
      await client.close();
      return client.server;
    }),
  },
};
