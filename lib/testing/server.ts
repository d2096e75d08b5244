import { Client, type ClientOptions } from '../client.js';
import { InvalidInputError } from '../errors/index.js';
import { App } from './app.js';
import { addInstance, type InstanceFixture } from './fixtures/instances.js';
import {
  addImage,
  addOperation,
  addProfile,
  type ImageFixture,
  type OperationFixture,
  type ProfileFixture,
} from './fixtures/others.js';
import { EventSockets } from './http/event-sockets.js';
import { Listener } from './http/listener.js';
import type { LoggedRequest } from './http/log.js';
import { incus } from './products/incus.js';
import { lxd } from './products/lxd.js';
import type { Product, ProductName } from './products/product.js';
import { RealClock, type Clock } from './state/clock.js';
import { State } from './state/state.js';

/** How a fake server is to be. */
export interface FakeServerOptions {
  /** LXD 5.0.2, which is the default, or Incus 6.0.4. */
  product?: ProductName;
  /** Milliseconds before every answer. */
  latency?: number;
  /** Milliseconds that an operation runs, 10 by default. */
  operationTime?: number;
  /** Where the time comes from: a `ManualClock` lets specs advance it. */
  clock?: Clock;
}

const products: Readonly<Record<ProductName, Product>> = { lxd, incus };

/**
 * An LXD or Incus server that lives in memory, for testing code that uses one: a real HTTP server on a
 * temporary unix socket, with a `default` profile and nothing else in it.
 */
export class FakeServer implements AsyncDisposable {
  readonly #app: App;
  readonly #listener: Listener;
  readonly #clients = new Set<Client>();

  private constructor(
    app: App,
    listener: Listener,
    private readonly events: EventSockets,
    private readonly fresh: () => State,
  ) {
    this.#app = app;
    this.#listener = listener;
  }

  /** A server that listens. */
  static async start(options: FakeServerOptions = {}): Promise<FakeServer> {
    const { product = 'lxd', latency = 0, operationTime = 10, clock = new RealClock() } = options;
    if (!Object.hasOwn(products, product)) {
      throw new InvalidInputError(`FakeServer.start: product must be 'lxd' or 'incus', not '${product}'`);
    }
    const fresh = (): State => new State(products[product], clock, operationTime);
    const app = new App(fresh(), latency);
    const events = new EventSockets(() => app.state);
    const listener = await Listener.open(
      (request, target) => app.answer(request, target),
      (...upgrade) => {
        events.upgrade(...upgrade);
      },
    );
    return new FakeServer(app, listener, events, fresh);
  }

  get product(): ProductName {
    return this.#app.state.product.name;
  }

  /** Where it listens; gone after `close()`. */
  get socketPath(): string {
    return this.#listener.socketPath;
  }

  /** Every request since the start or the last `clearRequests()`, in the order in which they came. */
  get requests(): readonly LoggedRequest[] {
    return this.#app.requests;
  }

  clearRequests(): void {
    this.#app.requests.length = 0;
  }

  /**
   * Answers a request without a socket, e.g. for an msw set-up:
   * `http.all(/\/1\.0/, ({ request }) => server.fetch(request))`.
   */
  fetch(request: Request): Promise<Response> {
    return this.#app.answer(request);
  }

  /** A client of this server, closed with it. */
  client(options: Omit<ClientOptions, 'socketPath' | 'endpoint'> = {}): Client {
    const client = new Client({ ...options, socketPath: this.socketPath });
    this.#clients.add(client);
    return client;
  }

  /** Adds an instance as if it had been there for long; returns its name. */
  addInstance(instance: InstanceFixture = {}): string {
    return addInstance(this.#app.state, instance);
  }

  /** Adds a profile, or replaces the one of that name; returns the name. */
  addProfile(profile: ProfileFixture): string {
    return addProfile(this.#app.state, profile);
  }

  /** Adds an image; returns its fingerprint. */
  addImage(image: ImageFixture = {}): string {
    return addImage(this.#app.state, image);
  }

  /** Starts an operation that does nothing but run and end; returns its id. */
  addOperation(operation: OperationFixture = {}): string {
    return addOperation(this.#app.state, operation);
  }

  /** Adds a project with an empty `default` profile; returns its name. */
  addProject(name: string): string {
    return this.#app.state.addProject(name).name;
  }

  /** Ends the event sockets, as a daemon does that goes away; whoever listens comes again. */
  dropEvents(): void {
    this.events.drop();
  }

  /** Forgets all that has happened; running operations are cancelled. Socket and connections stay. */
  reset(): void {
    this.#forget();
    this.#app.state = this.fresh();
    this.events.drop(); // they listen to what is forgotten
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

  #forget(): void {
    this.#app.state.operations.stop();
    this.#app.state.clock.stop();
  }
}
