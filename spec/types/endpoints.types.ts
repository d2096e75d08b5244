// Compiled by `npm run typecheck`, never run: what `client.request` accepts, refuses and resolves with.
import type {
  AnswerOf,
  ApiExtension,
  BodyOf,
  ClientRequest,
  EndpointKey,
  InstanceConfig,
  InstanceConfigKey,
  KindOf,
  LifecycleAction,
  ParamsOf,
  PathsOf,
  QueryOf,
  RequestOptionsOf,
  Schemas,
} from '../../lib/rest/endpoints/index.js';

interface Operation {
  wait(): Promise<void>;
}
interface Raw {
  bytes: AsyncIterable<Uint8Array>;
}
declare const request: ClientRequest<Operation, Raw>;
declare const flag: boolean;
declare const computed: string;
declare function use(...values: unknown[]): void;

// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- the one comparison that tells `any` apart
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
/** Compiles only if both types are the same. */
declare function same<A, B>(...proof: Same<A, B> extends true ? [] : [differs: never]): void;
/** Compiles only if a promise resolves with exactly T. */
declare function resolves<T>(): <P>(
  promise: Promise<P>,
  ...proof: Same<P, T> extends true ? [] : [P]
) => void;

export function helpers(): void {
  same<ParamsOf<'GET /1.0/instances/{name}/snapshots/{snapshot}'>, { name: string; snapshot: string }>();
  same<BodyOf<'PUT /1.0/instances/{name}/state'>, Schemas.InstanceStatePut>();
  same<BodyOf<'GET /1.0'>, undefined>();
  same<KindOf<'PUT /1.0/profiles/{name}'>, 'sync|async'>();
  same<AnswerOf<'GET /1.0/instances'>, string[]>();
  same<AnswerOf<'GET /1.0/instances', { recursion: 1 }>, Schemas.Instance[]>();
  same<AnswerOf<'GET /1.0/instances', { recursion: 0 | 2 }>, string[] | Schemas.InstanceFull[]>();
  same<AnswerOf<'PUT /1.0/profiles/{name}'>, null | Schemas.Operation>();
  same<AnswerOf<'GET /1.0/operations'>, Record<string, string[]>>();
  const path: PathsOf<'GET'> = '/1.0/instances/{name}';
  const key: EndpointKey = `GET ${path}`;
  const query: QueryOf<'GET /1.0/auth/permissions'> = { 'entity-type': 'instance' };
  const options: RequestOptionsOf<'GET /1.0/instances/{name}'> = { name: 'web', query: { recursion: 1 } };
  // @ts-expect-error HEAD is offered on files alone
  const head: PathsOf<'HEAD'> = '/1.0';
  use(key, query, options, head);
}

export function answers(): void {
  resolves<Schemas.InstanceState>()(request('GET', '/1.0/instances/{name}/state', { name: 'web' }));
  resolves<string[]>()(request('GET', '/1.0/instances'));
  resolves<Schemas.Instance[]>()(request('GET', '/1.0/instances', { query: { recursion: 1, filter: 'x' } }));
  const selector = '2;fields=state.disk';
  resolves<Schemas.InstanceFull[]>()(request('GET', '/1.0/instances', { query: { recursion: selector } }));
  const recursion = flag ? 1 : 0;
  resolves<string[] | Schemas.Profile[]>()(request('GET', '/1.0/profiles', { query: { recursion } }));
  resolves<null>()(request('PATCH', '/1.0/images/{fingerprint}', { fingerprint: 'f', body: {} }));
  const method = flag ? 'PUT' : 'PATCH';
  resolves<null>()(request(method, '/1.0/images/{fingerprint}', { fingerprint: 'f', body: {} }));

  const start = { name: 'web', body: { action: 'start' } };
  resolves<Schemas.Operation>()(request('PUT', '/1.0/instances/{name}/state', start));
  resolves<Operation>()(request('PUT', '/1.0/instances/{name}/state', { ...start, wait: false }));
  resolves<Operation | Schemas.Operation>()(
    request('DELETE', '/1.0/instances/{name}', { name: 'web', wait: flag }),
  );
  // One server answers at once, the other starts an operation.
  const profile = { name: 'p', body: {} };
  resolves<Schemas.Operation | null>()(request('PUT', '/1.0/profiles/{name}', profile));
  resolves<Operation | null>()(request('PUT', '/1.0/profiles/{name}', { ...profile, wait: false }));

  resolves<Raw>()(request('GET', '/1.0/images/{fingerprint}/export', { fingerprint: 'f' }));
  resolves<Raw | string[]>()(
    request('GET', '/1.0/instances/{name}/files', { name: 'web', query: { path: '/' } }),
  );
}

export function parameters(): void {
  // @ts-expect-error the name is missing with all options
  void request('GET', '/1.0/instances/{name}');
  // @ts-expect-error the name is missing
  void request('GET', '/1.0/instances/{name}', { query: { recursion: 1 } });
  // @ts-expect-error the parameter is called name
  void request('GET', '/1.0/instances/{name}', { instance: 'web' });
  // @ts-expect-error a name is text
  void request('GET', '/1.0/instances/{name}', { name: 7 });
  // @ts-expect-error a path without parameters takes none
  void request('GET', '/1.0/instances', { name: 'web' });
  // @ts-expect-error the option is called query
  void request('GET', '/1.0/instances', { querry: {} });
}

export function queries(): void {
  // @ts-expect-error the parameter is called recursion
  void request('GET', '/1.0/instances', { query: { recurse: 1 } });
  // @ts-expect-error instances have levels 0, 1 and 2
  void request('GET', '/1.0/instances', { query: { recursion: 3 } });
  // @ts-expect-error resources have no recursion
  void request('GET', '/1.0/resources', { query: { recursion: 1 } });
  // @ts-expect-error nothing can be asked of the root
  void request('GET', '/', { query: { project: 'x' } });
  // @ts-expect-error a file has a path
  void request('GET', '/1.0/instances/{name}/files', { name: 'web' });
}

export function bodies(): void {
  // @ts-expect-error the body is missing
  void request('PUT', '/1.0/instances/{name}/state', { name: 'web' });
  // @ts-expect-error the action is missing
  void request('PUT', '/1.0/instances/{name}/state', { name: 'web', body: {} });
  // @ts-expect-error the field is called action
  void request('PUT', '/1.0/instances/{name}/state', { name: 'web', body: { acton: 'start' } });
  // @ts-expect-error config values are text
  void request('PATCH', '/1.0/instances/{name}', { name: 'web', body: { config: { 'limits.cpu': 2 } } });
  // @ts-expect-error so are those of unknown keys
  void request('PATCH', '/1.0/instances/{name}', { name: 'web', body: { config: { 'new.key': 2 } } });
  // @ts-expect-error a GET has no body
  void request('GET', '/1.0/instances/{name}', { name: 'web', body: {} });

  void request('PATCH', '/1.0/instances/{name}', {
    name: 'web',
    ifMatch: 'etag',
    body: {
      config: { 'limits.cpu': '2', 'user.old': null },
      devices: { data: { type: 'disk', 'new.key': 'x' } },
    },
  });
  void request('POST', '/1.0/images', { body: Buffer.from('image') });
  void request('POST', '/1.0/network-acls', {
    body: { name: 'web', ingress: [{ action: 'allow', state: 'enabled' }] },
  });
}

export function otherPaths(): void {
  resolves<unknown>()(request('GET', '/1.0/of-a-newer-server'));
  resolves<unknown>()(request('PUT', '/1.0/things/{id}', { id: 'x', body: 7, query: { any: ['a', 'b'] } }));
  resolves<unknown>()(request('GET', computed, { name: 'x' }));
  // @ts-expect-error parameters of such a path are needed as well
  void request('GET', '/1.0/things/{id}/parts/{part}', { id: 'x' });
  // @ts-expect-error resources cannot be deleted
  void request('DELETE', '/1.0/resources');
  // @ts-expect-error a known path with a method that it does not have, options or not
  void request('POST', '/1.0/instances/{name}/state', { name: 'web' });
  // @ts-expect-error there is no such method
  void request('FETCH', '/1.0');
  // @ts-expect-error events come over a websocket: client.events
  void request('GET', '/1.0/events');
}

export function words(config: InstanceConfig): void {
  const cpu: string | undefined = config['limits.cpu'];
  const own: string | undefined = config['user.anything'];
  delete config['limits.cpu'];
  delete config['user.anything'];
  config['limits.memory'] = '1GiB';
  // @ts-expect-error config values are text
  config['limits.memory'] = 1;
  const plain: Record<string, string> = config;
  const back: InstanceConfig = plain;
  const keys: InstanceConfigKey[] = ['limits.cpu', 'user.x', 'volatile.eth0.hwaddr', 'environment.PATH'];
  // @ts-expect-error no such key, and no pattern for it
  const wrong: InstanceConfigKey = 'limits.cpus';
  const extensions: (ApiExtension | (string & {}))[] = ['etag', 'of_a_newer_server'];
  const actions: LifecycleAction[] = ['instance-started', 'replicator-run', 'instance-agent-started'];
  use(cpu, own, back, keys, wrong, extensions, actions);
}
