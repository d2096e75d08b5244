import { inspect } from 'node:util';
import type { Readable } from 'node:stream';
import { locate, type Credentials } from './connect/index.js';
import { InvalidInputError, shown } from './errors/index.js';
import { Events } from './events/index.js';
import {
  Operation,
  type OperationData,
  type OperationOptions,
  type WithAutoWait,
} from './operations/index.js';
import { saveAll, type Model, type SaveAllOptions, type SaveAllResult } from './orm/index.js';
import { Auth } from './resources/auth/auth.js';
import type { Identity } from './resources/auth/identity.js';
import { CertificateManager } from './resources/certificates/manager.js';
import { Image } from './resources/images/image.js';
import { ImageManager } from './resources/images/manager.js';
import { Instance } from './resources/instances/instance.js';
import { InstanceManager } from './resources/instances/manager.js';
import type { Snapshot } from './resources/instances/snapshots/snapshot.js';
import type { Network } from './resources/networks/network.js';
import type { StoragePool } from './resources/storage/pool.js';
import type { TrustedCertificate } from './resources/certificates/certificate.js';
import { keepFor, kept } from './resources/kept.js';
import { NetworkManager } from './resources/networks/manager.js';
import { OperationManager } from './resources/operations.js';
import { ResourceManager } from './resources/kind/manager.js';
import { Resource } from './resources/kind/resource.js';
import { profiles, type ProfileManager, type Profile } from './resources/profiles.js';
import { ProjectManager } from './resources/projects/manager.js';
import { Project } from './resources/projects/project.js';
import { requestEndpoint } from './resources/request.js';
import { serverModel, type Server } from './resources/server.js';
import { AllSnapshotsManager } from './resources/instances/snapshots/all.js';
import { StoragePoolManager } from './resources/storage/pools.js';
import { authenticate, type AuthenticateOptions } from './resources/trust/authenticate.js';
import { locateByToken } from './resources/trust/locate.js';
import { WarningManager, type Warning } from './resources/warnings.js';
import { assertClientOptions, assertNamed, sessionFrom, type ClientOptions } from './rest/client-options.js';
import type { ClientRequest } from './rest/endpoints/index.js';
import type { Scope, Session } from './rest/session.js';
import { Starting } from './rest/starting.js';

export type { ClientOptions };

/**
 * An LXD or Incus server. `A` is its option `autoWait`: what is of a `Client<false>` resolves with operations, where a call
 * does not say `wait: true`.
 */
export class Client<A extends boolean = true> implements AsyncDisposable {
  /** Any endpoint, typed from the facts of both APIs: `client.request('GET', '/1.0/instances/{name}/state', { name })`. */
  readonly request: ClientRequest<Operation<OperationData>, Readable, RequestOptions, A>;

  /** The server itself: product, version, configuration, extensions. Fetched by `Client.connect()`. */
  @kept((session) => serverModel(session)) readonly server!: Server;

  /** What the server tells by itself: what was done to what, and how operations go on. */
  @kept((session) => new Events(session)) readonly events!: Events;

  /** Containers and virtual machines. */
  @kept((session) => new InstanceManager(session, Instance)) readonly instances!: InstanceManager<
    WithAutoWait<Instance, A>
  >;

  /** The instances that are containers. */
  @kept((session) => new InstanceManager(session, Instance, 'container'))
  readonly containers!: InstanceManager<WithAutoWait<Instance, A>>;

  /** The instances that are virtual machines. */
  @kept((session) => new InstanceManager(session, Instance, 'virtual-machine'))
  readonly virtualMachines!: InstanceManager<WithAutoWait<Instance, A>>;

  /** What instances are made of. */
  @kept((session) => new ImageManager(session, Image)) readonly images!: ImageManager<WithAutoWait<Image, A>>;

  /** Configuration and devices that instances share. */
  @kept((session) => new ResourceManager(profiles, () => ({ session }))) readonly profiles!: ProfileManager<
    WithAutoWait<Profile, A>
  >;

  /** The snapshots of all instances, by `'instance/snapshot'`; those of one are `instance.snapshots`. */
  @kept((session) => new AllSnapshotsManager(session, Instance)) readonly snapshots!: AllSnapshotsManager<
    WithAutoWait<Snapshot<WithAutoWait<Instance, A>>, A>
  >;

  /** Networks and host interfaces; `networks.acls` are their ACLs. */
  @kept((session) => new NetworkManager(() => ({ session }))) readonly networks!: NetworkManager<
    WithAutoWait<Network, A>
  >;

  /** Storage pools, with their volumes; `storagePools.volumes` are those of all pools. */
  @kept((session) => new StoragePoolManager(() => ({ session })))
  readonly storagePools!: StoragePoolManager<WithAutoWait<StoragePool, A>>;

  /** The server's warnings. */
  @kept((session) => new WarningManager(() => ({ session }))) readonly warnings!: WarningManager<
    WithAutoWait<Warning, A>
  >;

  /** The server's projects; `useProject()` gives a client of one. */
  @kept((session) => new ProjectManager(session)) readonly projects!: ProjectManager<
    WithAutoWait<Project, A>
  >;

  /** Whom the server trusts, and the tokens that let somebody in. */
  @kept((session) => new CertificateManager(session)) readonly certificates!: CertificateManager<
    WithAutoWait<TrustedCertificate, A>
  >;

  /** Who is known to the server, and what they may do; LXD 5.21 and newer. */
  @kept((session) => new Auth(session)) readonly auth!: Auth<WithAutoWait<Identity, A>>;

  /** What the server does in the background. */
  @kept((session) => new OperationManager(session)) readonly operations!: OperationManager;

  readonly #session: Session;

  /** Makes no request. @throws InvalidInputError for options that contradict each other or are not known */
  constructor(options: ClientOptions<A> & { autoWait: A });
  constructor(...options: [A] extends [true] ? [options?: ClientOptions, session?: Session] : [never]);
  constructor(options: ClientOptions<boolean> = {}, session?: Session) {
    this.#session = session ?? sessionFrom(options);
    keepFor(this, this.#session);
    this.request = ((method: string, path: string, given?: object) =>
      requestEndpoint(this.#session, method, path, given)) as unknown as Client<A>['request'];
  }

  /**
   * A client that has read `/1.0`. `where` is a remote of `lxc` or `incus` (`'prod'`; `'lxd:prod'` or `'incus:prod'` where both
   * know one), a URL (`'https://host'`, port 8443 unless said) or a socket (`'/path'`, `'unix:///path'`); if nothing
   * names a server, the environment's `TSLXD_REMOTE` may. A `token` says where its server is, and has it trust this client.
   * With a `timeout` it also waits that long, in ms, for a daemon that is starting.
   * @throws ConnectionError naming every place tried; CertificateError; UnavailableError while the daemon starts;
   * TrustTokenError for a token that lets nobody in; InvalidInputError for a remote that is not known, or has images only
   */
  static connect<A extends boolean>(
    where: string,
    options: ConnectClientOptions<A> & { autoWait: A },
  ): Promise<Client<A>>;
  static connect<A extends boolean>(options: ConnectClientOptions<A> & { autoWait: A }): Promise<Client<A>>;
  static connect(where: string, options?: ConnectClientOptions): Promise<Client>;
  static connect(options?: ConnectClientOptions): Promise<Client>;
  static async connect(
    where?: string | ConnectClientOptions<boolean>,
    more?: ConnectClientOptions<boolean>,
  ): Promise<Client<boolean>> {
    if (where === undefined && more !== undefined)
      throw new InvalidInputError('Client.connect(): the text is undefined: name the server');
    const [text, options] = typeof where === 'string' ? [where, more ?? {}] : [undefined, where ?? {}];
    assertClientOptions(options, { signal: true, token: true, name: true });
    const { signal, token, name, ...given } = options;
    if (token === undefined && name !== undefined) throw new InvalidInputError('name requires token');
    const starting = new Starting(options.timeout, signal);
    const { options: complete, ...found } =
      token === undefined
        ? await locate(text, given, process.env)
        : await starting.tried(() => locateByToken(text, given, { token, name, signal }, process.env));
    const client = new Client({}, sessionFrom(complete, found));
    const reach = () => starting.tried((limits) => client.server.fetch(limits));
    try {
      await reach();
      if (token !== undefined && client.server.auth !== 'trusted') {
        // Once, whatever comes of it: the token may be spent.
        const how = { method: 'Client.connect()', isLocated: true };
        await authenticate(client.#session, token, { name, signal }, how);
        await reach();
      }
      return client;
    } catch (error) {
      await client.close();
      throw error;
    }
  }

  /** The project of its requests: the one that was chosen, else the server's `default`. */
  get project(): string {
    const { connection, scope } = this.#session;
    return scope.project ?? connection.project ?? 'default';
  }

  /** The cluster member that its requests go to; undefined where the server chooses. */
  get target(): string | undefined {
    return this.#session.scope.target;
  }

  /** Whether its methods wait for the operations that they start, where a call does not say. */
  get autoWait(): A {
    return this.#session.autoWait as A;
  }

  /**
   * A client of another project, by its name or model, over the same connections; closing either closes both. Whether
   * the project exists is checked only where nothing is found in it: a list or `get()` then rejects with a NotFoundError.
   * @throws InvalidInputError for the model of a project of another client's server
   */
  useProject(project: string | Project): Client<A> {
    const name: unknown = project instanceof Project ? projectOf(project, this.#session) : project;
    assertNamed(name, 'project');
    return this.#derive({ project: name });
  }

  /** A client whose requests go to a cluster member, over the same connections; closing either closes both. */
  useTarget(member: string): Client<A> {
    assertNamed(member, 'cluster member');
    return this.#derive({ target: member });
  }

  /** Saves many models of any kind: each is tried. @throws SaveAllError, which says which were saved and which not */
  saveAll<M extends Model>(models: Iterable<M>, options?: SaveAllOptions<M>): Promise<SaveAllResult<M>> {
    return saveAll(models, options);
  }

  /**
   * What it takes to be this client again (but for a proxy, which may hold a password, and for functions): `new Client(credentials)`, in another process too, since it is plain JSON.
   * The private key is in it, which nothing else hands out: keep it as you keep passwords.
   */
  credentials(): Credentials {
    return this.#session.connection.credentials();
  }

  /**
   * Has the server trust this client: by a token, or by the trust password of LXD 5.0 (POST /1.0/certificates, or
   * /1.0/auth/identities/tls for a token of an LXD identity). A token goes out only over a new connection, pinned to a
   * certificate that was compared with it: to where this client is connected, or in a cluster of LXD 5.0, of which only
   * the member that made it knows it, to an address in the token. Who is trusted already succeeds, and spends no token;
   * a client without a certificate gets a new one first, which `credentials()` hands out.
   * @throws TrustTokenError for a token that was used or cancelled, has expired, or was lost in a restart;
   * CertificateError where the server is not the token's, or trusts nobody for it; ForbiddenError for a wrong password;
   * InvalidInputError, before anything is sent, for what is neither
   */
  async authenticate(secret: string, options?: AuthenticateOptions): Promise<void> {
    await authenticate(this.#session, secret, options);
    const { name: _, ...call } = options ?? {};
    if (!this.server.isFetched || this.server.auth !== 'trusted') await this.server.fetch(call);
  }

  /** Ends the sockets and timers of this client and those derived from it; what is under way rejects with `ClosedError`. */
  close(): Promise<void> {
    this.#session.connection.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** What it is of, and never what it knows that is secret. */
  toJSON(): { server: string; project: string; target?: string | undefined } {
    return { server: this.#session.connection.description, project: this.project, target: this.target };
  }

  [inspect.custom](): string {
    const { connection, scope } = this.#session;
    const parts = [connection.description];
    if (scope.project !== undefined) parts.push(`project ${shown(scope.project)}`);
    if (scope.target !== undefined) parts.push(`target ${shown(scope.target)}`);
    return `Client(${parts.join(', ')}${connection.closed ? ', closed' : ''})`;
  }

  #derive(scope: Scope): Client<A> {
    return new Client<true>({}, this.#session.derive(scope)) as Client<boolean> as Client<A>;
  }
}

/** What `Client.connect()` takes beside the options of a client. */
export interface ConnectClientOptions<A extends boolean = true> extends ClientOptions<A> {
  signal?: AbortSignal | undefined;
  /**
   * A trust token, as `createToken()`, `lxc config trust add` or `incus config trust add` give one. It says where its server
   * is (`endpoint` may say otherwise) and which certificate that shows, which is pinned. The client certificate is
   * the one given, else the command line's, else a new one, which `client.credentials()` hands out.
   */
  token?: string | undefined;
  /** With a token: the name in a new client certificate. */
  name?: string | undefined;
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

/** @throws InvalidInputError */
function projectOf(project: Project, { connection }: Session): string {
  if (Resource.sessionOf(project).connection === connection) return project.key;
  throw new InvalidInputError(
    `useProject(): ${project.toString()} is of another client; give its name for the project of that name here`,
  );
}
