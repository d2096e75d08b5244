import { constants } from 'node:buffer';
import { inspect } from 'node:util';
import { setTimeout as delay } from 'node:timers/promises';
import type { Readable } from 'node:stream';
import type { ConnectOptions } from './connect/index.js';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  milliseconds,
  UnavailableError,
} from './errors/index.js';
import { Events } from './events/index.js';
import { Operation, type OperationData, type OperationOptions } from './operations/index.js';
import { saveAll, type Model, type SaveAllOptions, type SaveAllResult } from './orm/index.js';
import { Image } from './resources/images/image.js';
import { ImageManager } from './resources/images/manager.js';
import { Instance } from './resources/instances/instance.js';
import { InstanceManager } from './resources/instances/manager.js';
import { OperationManager } from './resources/operations.js';
import { ResourceManager } from './resources/kind/manager.js';
import { profiles, type ProfileManager } from './resources/profiles.js';
import { requestEndpoint } from './resources/request.js';
import { serverModel, type Server } from './resources/server.js';
import { AllSnapshotsManager } from './resources/instances/snapshots/all.js';
import { Connection, type Log } from './rest/connection.js';
import type { ClientRequest } from './rest/endpoints/index.js';
import { Session, type Scope } from './rest/session.js';

/** What a client is made of; without any of it the local server is looked for at the first request. */
export interface ClientOptions extends ConnectOptions {
  /** The project of every request; the server's `default` without it. */
  project?: string | undefined;
  /** The cluster member of every request. */
  target?: string | undefined;
  /**
   * Milliseconds for which the server may do nothing, 60,000 by default, 0 or Infinity for no limit: until it begins to
   * answer, between two pieces of an answer, and while it takes no more of an upload. Waits for operations have none unless
   * asked. The `timeout` of a single call is another: it is for the whole of the call.
   */
  timeout?: number | undefined;
  /** Bytes of an answer that is read into memory (a list, a refusal; no file), 256 MiB by default; longer ones are refused. */
  maxAnswerSize?: number | undefined;
  /** Headers of every request. */
  headers?: Record<string, string> | undefined;
  /** Where to say what happens; never holds a secret. */
  log?: Log | undefined;
}

const optionNames: Record<keyof ClientOptions, true> = {
  socketPath: true,
  endpoint: true,
  clientCert: true,
  clientKey: true,
  serverCert: true,
  ca: true,
  verify: true,
  project: true,
  target: true,
  timeout: true,
  maxAnswerSize: true,
  headers: true,
  log: true,
};

/** An LXD or Incus server. */
export class Client implements AsyncDisposable {
  /** Any endpoint, typed from the facts of both APIs: `client.request('GET', '/1.0/instances/{name}/state', { name })`. */
  readonly request: ClientRequest<Operation<OperationData>, Readable, RequestOptions>;
  readonly #session: Session;
  readonly #managers = new Map<string, unknown>();

  /** Makes no request. @throws InvalidInputError for options that contradict each other or are not known */
  constructor(options: ClientOptions = {}, /** @internal */ session?: Session) {
    this.#session = session ?? sessionFrom(options);
    this.request = ((method: string, path: string, given?: object) =>
      requestEndpoint(this.#session, method, path, given)) as unknown as Client['request'];
  }

  /**
   * A client that has read `/1.0`. With a `timeout` it also waits that long, in ms, for a daemon that is starting.
   * @throws ConnectionError naming every place tried; CertificateError; UnavailableError while the daemon starts
   */
  static async connect(options: ClientOptions & { signal?: AbortSignal | undefined } = {}): Promise<Client> {
    const { signal, ...rest } = options;
    const client = new Client(rest);
    const deadline = performance.now() + (options.timeout ?? 0);
    for (;;) {
      try {
        await client.server.fetch({ signal, ...untilDeadline(options.timeout, deadline) });
        return client;
      } catch (error) {
        const starting = error instanceof ConnectionError || error instanceof UnavailableError;
        if (!starting || performance.now() + startPause > deadline) {
          await client.close();
          throw error;
        }
        await pause(signal);
      }
    }
  }

  /** The server itself: product, version, configuration, extensions. Fetched by `Client.connect()`. */
  get server(): Server {
    return this.#kept('server', () => serverModel(this.#session));
  }

  /** What the server tells by itself: what was done to what, and how operations go on. */
  get events(): Events {
    return this.#kept('events', () => new Events(this.#session));
  }

  /** Containers and virtual machines. */
  get instances(): InstanceManager {
    return this.#kept('instances', () => new InstanceManager(this.#session, Instance));
  }

  /** The instances that are containers. */
  get containers(): InstanceManager {
    return this.#kept('containers', () => new InstanceManager(this.#session, Instance, 'container'));
  }

  /** The instances that are virtual machines. */
  get virtualMachines(): InstanceManager {
    return this.#kept(
      'virtualMachines',
      () => new InstanceManager(this.#session, Instance, 'virtual-machine'),
    );
  }

  get images(): ImageManager {
    return this.#kept('images', () => new ImageManager(this.#session, Image));
  }

  get profiles(): ProfileManager {
    return this.#kept('profiles', () => new ResourceManager(profiles, () => ({ session: this.#session })));
  }

  /** The snapshots of all instances, by `'instance/snapshot'`; those of one are `instance.snapshots`. */
  get snapshots(): AllSnapshotsManager {
    return this.#kept('snapshots', () => new AllSnapshotsManager(this.#session, Instance));
  }

  /** What the server does in the background. */
  get operations(): OperationManager {
    return this.#kept('operations', () => new OperationManager(this.#session));
  }

  /** A client of another project over the same connections; closing either closes both. */
  useProject(project: string): Client {
    return this.#derive({ project: named(project, 'project') });
  }

  /** A client whose requests go to a cluster member, over the same connections; closing either closes both. */
  useTarget(member: string): Client {
    return this.#derive({ target: named(member, 'cluster member') });
  }

  /** Saves many models of any kind: each is tried. @throws SaveAllError, which says which were saved and which not */
  saveAll<M extends Model>(models: Iterable<M>, options?: SaveAllOptions<M>): Promise<SaveAllResult<M>> {
    return saveAll(models, options);
  }

  /** Ends the sockets and timers of this client and those derived from it; what is under way rejects with `ClosedError`. */
  close(): Promise<void> {
    this.#session.connection.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  [inspect.custom](): string {
    const { connection, scope } = this.#session;
    const parts = [connection.description];
    if (scope.project !== undefined) parts.push(`project ${inspect(scope.project)}`);
    if (scope.target !== undefined) parts.push(`target ${inspect(scope.target)}`);
    return `Client(${parts.join(', ')}${connection.closed ? ', closed' : ''})`;
  }

  #derive(scope: Scope): Client {
    return new Client({}, this.#session.derive(scope));
  }

  /** Managers are made when first asked for, and are the same object ever after. */
  #kept<T>(name: string, make: () => T): T {
    if (!this.#managers.has(name)) this.#managers.set(name, make());
    return this.#managers.get(name) as T;
  }
}

/** What `client.request()` takes beside path parameters, query and body. */
export interface RequestOptions extends OperationOptions {
  headers?: Record<string, string> | undefined;
  /** The project, in place of the client's. */
  project?: string | undefined;
  /** The cluster member, in place of the client's. */
  target?: string | undefined;
  /** The ETag that the object must still have. */
  ifMatch?: string | undefined;
}

const longestText = constants.MAX_STRING_LENGTH;

/** Between two tries to reach a daemon that is starting, in ms. */
const startPause = 250;

function sessionFrom(options: ClientOptions): Session {
  for (const name of Object.keys(options)) {
    if (!Object.hasOwn(optionNames, name)) {
      throw new InvalidInputError(
        `Unknown client option '${name}'; there are ${Object.keys(optionNames).join(', ')}`,
      );
    }
  }
  const { project, target, timeout, maxAnswerSize, headers, log, ...connect } = options;
  milliseconds(timeout);
  assertAnswerSize(maxAnswerSize);
  if (project !== undefined) named(project, 'project');
  if (target !== undefined) named(target, 'cluster member');
  return new Session(new Connection(connect, log), { project, target, timeout, maxAnswerSize, headers });
}

function named(name: unknown, what: string): string {
  if (typeof name === 'string' && name !== '') return name;
  throw new InvalidInputError(`The name of the ${what} must be a text that is not empty`);
}

/** No text of JavaScript's can be longer than the upper bound. */
function assertAnswerSize(bytes: unknown): void {
  if (bytes === undefined || (Number.isInteger(bytes) && Number(bytes) > 0 && Number(bytes) <= longestText)) {
    return;
  }
  throw new InvalidInputError(
    `maxAnswerSize must be a number of bytes from 1 to ${String(longestText)}, not ${inspect(bytes)}`,
  );
}

function untilDeadline(timeout: number | undefined, deadline: number): { timeout?: number } {
  return timeout ? { timeout: Math.max(1, deadline - performance.now()) } : {};
}

async function pause(signal: AbortSignal | undefined): Promise<void> {
  await delay(startPause, undefined, signal ? { signal } : {}).catch(() => {
    throw new AbortedError('Client.connect(): aborted', { cause: signal?.reason });
  });
}
