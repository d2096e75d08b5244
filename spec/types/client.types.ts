// Compiled by `npm run typecheck`, never run: options are accepted whole, and tokens are operations.
import type { Readable } from 'node:stream';
import type {
  Client,
  ClientOptions,
  EventFilter,
  ListenOptions,
  Operation,
  OperationData,
  OperationListOptions,
  OperationOptions,
  OperationRefOptions,
  Profile,
  RequestOptions,
  StartOptions,
  WaitForOptions,
  Watch,
  WatchManyOptions,
  WatchOptions,
} from '../../lib/index.js';

declare const client: Client;
declare const operation: Operation<string>;
declare const profile: Profile;
declare const given: {
  client: ClientOptions;
  filter: EventFilter;
  listen: ListenOptions;
  list: OperationListOptions;
  many: WatchManyOptions;
  one: WatchOptions;
  operation: OperationOptions;
  ref: OperationRefOptions;
  request: RequestOptions;
  start: StartOptions;
  waitFor: WaitForOptions;
};

/** Each exported options type is accepted whole by its method. */
export async function wrappers(): Promise<void> {
  client.events.listen(given.listen);
  client.events.on('lifecycle', () => undefined, given.filter);
  client.profiles.watch(given.many) satisfies Watch<Profile>;
  client.instances.ref('web').watch(given.one);
  client.operations.ref('id', given.ref);
  await client.operations.all(given.list);
  (await operation.wait(given.operation)) satisfies string;
  (await profile.waitFor(({ config }) => 'user.a' in config, given.waitFor)) satisfies Profile;
  await client.instances.ref('web').waitFor('running', given.waitFor);
  (await client.request('GET', '/1.0/instances', given.request)) satisfies string[];
  const web = await client.request('GET', '/1.0/instances/{name}', { name: 'web', ...given.request });
  web.status satisfies string;
  (await client.request('GET', '/1.0/metrics', given.request)) satisfies Readable | string;
  const started = await client.request('PUT', '/1.0/instances/{name}/state', {
    name: 'web',
    body: { action: 'start' },
    ...given.start,
  });
  started satisfies OperationData | Operation<OperationData>;
  await client.request('GET', '/1.0/outside/{it}', { it: 'x', ...given.request });
}

/** What stands for a token is an operation, waited for or not. */
export async function tokens(): Promise<void> {
  const secret = await client.request('POST', '/1.0/images/{fingerprint}/secret', { fingerprint: 'abc' });
  secret satisfies Operation<OperationData>;
  const body = { name: 'me', type: 'client', token: true } as never;
  (await client.request('POST', '/1.0/certificates', { body })) satisfies Operation<OperationData> | null;
}

client.project satisfies string;
client.target satisfies string | undefined;
// @ts-expect-error -- it is that of the client
client.project = 'other';
