import { Client, type ClientOptions } from '../client.js';
import { InvalidInputError } from '../errors/index.js';
import { assertOptions } from '../errors/input.js';
import { App } from './app.js';
import { addInstance, type InstanceFixture } from './fixtures/instances.js';
import {
  addIdentity,
  addImage,
  addOperation,
  addProfile,
  addWarning,
  type IdentityFixture,
  type ImageFixture,
  type OperationFixture,
  type ProfileFixture,
  type WarningFixture,
} from './fixtures/others.js';
import { seed } from './fixtures/seed.js';
import { addThing, type Fixture, type FixturePath } from './fixtures/things.js';
import type { Fault } from './faults/fault.js';
import type { InjectedFault } from './faults/faults.js';
import type { RequestMatch } from './faults/match.js';
import type { ConsoleHandler } from './console/console.js';
import type { ExecHandler } from './exec/command.js';
import { EventSockets, refuse } from './http/event-sockets.js';
import { Listener } from './http/listener.js';
import { addressAt, Network, type FakeEndpoint, type TrustOptions } from './http/network.js';
import { OperationSockets } from './http/operation-sockets.js';
import { peerOf } from './http/peer.js';
import { parseTarget } from './http/target.js';
import { SftpSockets } from './kinds/sftp-sockets.js';
import type { LoggedRequest } from './http/log.js';
import { incus } from './products/incus.js';
import { lxd } from './products/lxd.js';
import type { Product, ProductName } from './products/product.js';
import { Chance } from './state/chance.js';
import { RealClock, type Clock } from './state/clock.js';
import { State } from './state/state.js';
import { knowTokens, oidcHeaders, type TokenHandler } from './kinds/auth/oidc.js';
import { callerOf } from './kinds/certificates/callers.js';
import { limitOf } from './kinds/certificates/limits.js';
import { trust } from './kinds/certificates/store.js';
import { settingsOf } from './kinds/server/settings.js';
import { runtimeOf } from './kinds/instances/state/runtime.js';

/** How a client of the fake is made, but for where the fake is. */
export type FakeClientOptions<A extends boolean = true> = Omit<ClientOptions<A>, 'socketPath' | 'endpoint'>;

/** How a fake server is to be. */
export interface FakeServerOptions {
  /** LXD 5.0.2, which is the default, or Incus 6.0.4. */
  product?: ProductName;
  /** Milliseconds before every answer. */
  latency?: number;
  /** Milliseconds that an operation runs, 10 by default. */
  operationTime?: number;
  /** A number that makes ids, names, addresses and secrets the same each time, from the start and every `reset()` on. */
  seed?: number;
  /** Where the time comes from: a `ManualClock` lets specs advance it. */
  clock?: Clock;
  /** Listen on a port of 127.0.0.1 too, with a certificate made for it. */
  https?: boolean;
  /**
   * Says whose access token this is, in the place of a provider: over HTTPS, where the server's `oidc.issuer` and
   * `oidc.client.id` are set. Nobody's without it, and without an answer.
   */
  oidc?: TokenHandler;
  /** The API extensions that it has, or what makes them of its product's own. */
  extensions?: readonly string[] | ((own: readonly string[]) => readonly string[]);
  /** Runs commands in instances, as `onExec()` does; stays when the server is reset. */
  exec?: ExecHandler;
  /** Is behind the consoles of instances, as with `onConsole()`; stays when the server is reset. */
  console?: ConsoleHandler;
}

/** What of msw's `http` is needed, so that who has no msw misses nothing. */
export interface MswHttp<Handler> {
  all(path: RegExp, answer: (info: { request: Request }) => Promise<Response>): Handler;
}

const products: Readonly<Record<ProductName, Product>> = { lxd, incus };

/**
 * An LXD or Incus server that lives in memory, for testing code that uses one: a real HTTP server on a
 * temporary unix socket, with a `default` profile and nothing else in it.
 */
export class FakeServer implements AsyncDisposable {
  readonly #app: App;
  readonly #listener: Listener;
  readonly #events: EventSockets;
  readonly #network: Network | undefined;
  readonly #fresh: () => State;
  readonly #clients = new Set<Client<boolean>>();

  private constructor(
    app: App,
    listener: Listener,
    events: EventSockets,
    network: Network | undefined,
    fresh: () => State,
  ) {
    this.#app = app;
    this.#listener = listener;
    this.#events = events;
    this.#network = network;
    this.#fresh = fresh;
  }

  /** A server that listens. */
  static async start(options: FakeServerOptions = {}): Promise<FakeServer> {
    const { product = 'lxd', latency = 0, operationTime = 10, clock = new RealClock() } = options;
    const { extensions, https = false, oidc, exec, console: onConsole, seed: randomSeed } = options;
    if (!Object.hasOwn(products, product)) {
      throw new InvalidInputError(`FakeServer.start: product must be 'lxd' or 'incus', not '${product}'`);
    }
    const own = products[product];
    const given = typeof extensions === 'function' ? extensions(own.extensions) : extensions;
    const like = given ? { ...own, extensions: given } : own;
    const fresh = (): State => {
      const state = seed(new State(like, clock, operationTime, new Chance(randomSeed)));
      if (oidc) knowTokens(state, oidc);
      if (exec) runtimeOf(state).execHandlers.add(exec);
      if (onConsole) runtimeOf(state).consoleHandlers.add(onConsole);
      return state;
    };
    const app = new App(fresh(), latency);
    const network = https ? new Network() : undefined;
    const events = new EventSockets(() => app.state);
    const operations = new OperationSockets(() => app.state);
    const sftp = new SftpSockets(() => app.state);
    const listener = await Listener.open(
      (request, target, peer) => app.answer(request, target, peer),
      (request, socket, head) => {
        app.meetUpgrade(request, socket, () => {
          if (operations.upgrade(request, socket, head)) return; // whoever knows its secret
          const target = parseTarget(request.url ?? '/');
          const caller = callerOf(app.state, peerOf(socket), target.path, request.headers.authorization);
          const limit = limitOf(app.state, caller, target, 'GET');
          const login = oidcHeaders(app.state);
          if (caller.problem) refuse(socket, 401, `Failed to authenticate: ${caller.problem}`, login);
          else if (!caller.method) refuse(socket, 403, 'not authorized', login);
          else if (limit) refuse(socket, limit.status, limit.message, login);
          else if (!sftp.upgrade(request, socket, head)) events.upgrade(request, socket, head, caller);
        });
      },
      network?.server,
    );
    const server = new FakeServer(app, listener, events, network, fresh);
    server.#renew();
    return server;
  }

  get product(): ProductName {
    return this.#app.state.product.name;
  }

  /** Where it listens; gone after `close()`. */
  get socketPath(): string {
    return this.#listener.socketPath;
  }

  /** How it is reached over HTTPS: options for `new Client()`. @throws InvalidInputError without the option `https` */
  get endpoint(): FakeEndpoint {
    return this.#onNetwork.endpoint(this.#listener.port);
  }

  /**
   * Has it trust the bearer of this certificate, PEM text, as if somebody had added it to its trust store; also after
   * a `reset()`.
   * @throws InvalidInputError for what is no certificate, an unknown option, and without the option `https`
   * @example server.trust(clientCert, { projects: ['web'] }); // restricted to that project
   */
  trust(certificate: string, options: TrustOptions = {}): void {
    assertOptions<TrustOptions>(options, { name: true, projects: true }, 'FakeServer.trust');
    const { trusted } = this.#onNetwork;
    trust(this.#app.state, certificate, options);
    trusted.set(certificate, options);
  }

  /** Every request since the start or the last `clearRequests()`, in the order in which they came. */
  get requests(): readonly LoggedRequest[] {
    return this.#app.requests;
  }

  clearRequests(): void {
    this.#app.requests.length = 0;
  }

  /**
   * The same behaviour in an msw set-up, on any host or socket: `setupServer(...server.handlers(http))`, with the `http`
   * of msw. Only requests: msw passes on none that asks for a websocket, as events and commands do.
   */
  handlers<Handler>(http: MswHttp<Handler>): Handler[] {
    return [http.all(/\/1\.0(?:[/?]|$)/, ({ request }) => this.fetch(request))];
  }

  /** Answers a request without a socket. */
  fetch(request: Request): Promise<Response> {
    return this.#app.answer(request);
  }

  /** A client of this server, closed with it. */
  client<A extends boolean>(options: FakeClientOptions<A> & { autoWait: A }): Client<A>;
  client(options?: FakeClientOptions): Client;
  client({ autoWait = true, ...options }: FakeClientOptions<boolean> = {}): Client<boolean> {
    const client = new Client({ ...options, autoWait, socketPath: this.socketPath });
    this.#clients.add(client);
    return client;
  }

  /** Adds an instance as if it had been there for long; returns its name. */
  addInstance(instance: InstanceFixture = {}): string {
    return addInstance(this.#app.state, instance);
  }

  /**
   * Adds so many instances; what is given is what all have, or makes each of its index. Returns their names.
   * @example server.addInstances(10_000, (index) => ({ name: `web-${index}`, status: 'Running' }));
   */
  addInstances(count: number, given: InstanceFixture | ((index: number) => InstanceFixture) = {}): string[] {
    const make = typeof given === 'function' ? given : () => given;
    return Array.from({ length: count }, (_, index) => this.addInstance(make(index)));
  }

  /**
   * Adds a thing to a list, e.g. a network ACL, or replaces the one of that name; returns the name. What is not given is
   * as after a request that does not say it.
   * @throws InvalidInputError for a list that the fake does not have, or a place in it that is not there
   * @example server.add('/1.0/network-acls', { name: 'web', ingress: [{ action: 'allow', state: 'enabled' }] });
   */
  add<P extends FixturePath>(path: P, thing: Fixture<P>): string {
    return addThing(this.#app.state, path, thing);
  }

  /** Adds a profile, or replaces the one of that name; returns the name. */
  addProfile(profile: ProfileFixture): string {
    return addProfile(this.#app.state, profile);
  }

  /** Adds an image; returns its fingerprint. */
  addImage(image: ImageFixture = {}): string {
    return addImage(this.#app.state, image);
  }

  /** Has the server warn of something; returns the warning's id. */
  addWarning(warning: WarningFixture): string {
    return addWarning(this.#app.state, warning);
  }

  /**
   * Has somebody be known who has logged in by OIDC, where the fake has the extension `access_management`; returns the key,
   * `'oidc/alice@example.com'`.
   */
  addIdentity(identity: IdentityFixture): string {
    return addIdentity(this.#app.state, identity);
  }

  /** Starts an operation that does nothing but run and end; returns its id. */
  addOperation(operation: OperationFixture = {}): string {
    return addOperation(this.#app.state, operation);
  }

  /** Adds a project with an empty `default` profile; returns its name. */
  addProject(name: string): string {
    return this.#app.state.addProject(name).name;
  }

  /** Adds a storage pool that root disks can be in, beside `default`; returns its name. */
  addPool(name: string): string {
    return this.add('/1.0/storage-pools', { name });
  }

  /**
   * Runs the commands of `exec()`: what was added last is asked first, then the fake's own: `cat`, `cut`, `echo`,
   * `env`, `false`, `grep`, `head`, `hostname`, `id`, `ls`, `printf`, `pwd`, `sh`, `sleep`, `true`, `uname` and `wc`.
   * Returns what ends it; `reset()` does, too.
   * @example server.onExec(({ command }) => command[0] === 'uptime' ? { stdout: 'up 3 days' } : undefined);
   */
  onExec(handler: ExecHandler): () => void {
    return runtimeOf(this.#app.state).execHandlers.add(handler);
  }

  /**
   * Is behind the consoles that are opened from now on, text or each raw socket of a screen; what was added last is
   * asked first. Without one a console shows what is typed and what is written to `/dev/console`, and a screen nothing.
   * Returns what ends it; `reset()` does, too.
   * @example server.onConsole(({ instance }) => ({ stdout: `${instance} login: ` }));
   */
  onConsole(handler: ConsoleHandler): () => void {
    return runtimeOf(this.#app.state).consoleHandlers.add(handler);
  }

  /**
   * Has the next request that matches go wrong, or the next `times`; the faults that were added first are met first.
   * @throws InvalidInputError for what is no request or no fault
   * @example server.failNext('PATCH /1.0/instances/web', { status: 412 });
   */
  failNext(match: RequestMatch, fault: Fault, { times = 1 }: { times?: number } = {}): InjectedFault {
    return this.#app.faults.add(match, fault, times);
  }

  /**
   * Goes away and comes back where it was: connections end, operations are forgotten with what they had not done yet,
   * everything else stays. `downtime` is how long nothing listens, in milliseconds.
   */
  async restart({ downtime = 0 }: { downtime?: number } = {}): Promise<void> {
    this.#app.state.operations.forget();
    this.#events.drop();
    await this.#listener.stop();
    await new Promise((resolve) => setTimeout(resolve, downtime));
    await this.#listener.listen();
  }

  /** Ends the event sockets, as a daemon does that goes away; whoever listens comes again. */
  dropEvents(): void {
    this.#events.drop();
  }

  /** Forgets all that has happened; running operations are cancelled. Socket and connections stay. */
  reset(): void {
    this.#forget();
    this.#app.state = this.#fresh();
    this.#app.faults.clear();
    this.#renew();
    this.#events.drop(); // they listen to what is forgotten
    this.clearRequests();
  }

  /** Ends every connection and timer, and the clients that it gave. */
  async close(): Promise<void> {
    this.#forget();
    await Promise.all([...this.#clients].map((client) => client.close()));
    await this.#listener.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  get #onNetwork(): Network {
    if (this.#network) return this.#network;
    throw new InvalidInputError(
      'This fake has no HTTPS endpoint; start it with FakeServer.start({ https: true })',
    );
  }

  /** What a new state knows of the network. */
  #renew(): void {
    if (!this.#network) return;
    const { state } = this.#app;
    const settings = settingsOf(state);
    settings.network = this.#network.environment(this.#listener.port);
    settings.config['core.https_address'] = addressAt(this.#listener.port);
    for (const [certificate, options] of this.#network.trusted) trust(state, certificate, options);
  }

  #forget(): void {
    this.#app.state.operations.stop();
    this.#app.state.clock.stop();
  }
}
