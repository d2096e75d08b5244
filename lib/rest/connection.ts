import type { X509Certificate } from 'node:crypto';
import { endpointsFromOptions, endpointWith, type ConnectOptions, type Product } from '../connect/options.js';
import { discover } from '../connect/discovery.js';
import { describeEndpoint, type Endpoint, type HttpsEndpoint } from '../connect/endpoint.js';
import type { Authorization } from '../connect/oidc/authorization.js';
import { authorizations } from '../connect/oidc/options.js';
import { datesTrouble, fingerprint, parseCertificates } from '../connect/pem.js';
import { routed } from '../connect/proxy/environment.js';
import { FirstUse } from '../connect/trust/first-use.js';
import { credentialsOf, type Credentials } from '../connect/remotes/credentials.js';
import type { KeyPair } from '../connect/remotes/keys.js';
import type { Found } from '../connect/remotes/locate.js';
import { ClosedError, onAbort } from '../errors/index.js';
import { firstOf, within, type Asking, type Way } from './first-way.js';
import { GotTransport } from './got-transport.js';
import type { Transport } from './transport.js';
import { Turns } from './turns.js';

/** Where to say what happens; pass `console`, pino or any object with these functions. */
export interface Log {
  error?(message: string): void;
  warn?(message: string): void;
  info?(message: string): void;
  debug?(message: string): void;
}

/** What `GET /1.0` tells about a server, as far as requests depend on it. */
export interface ServerFacts {
  /** Undefined as long as a server that does not trust us does not show it. */
  product: Product | undefined;
  /** Those that it tells: none, perhaps, as long as it does not trust us. */
  extensions: ReadonlySet<string>;
  /** Whether it trusts us, and so has told all. */
  trusted: boolean;
}

/** The sockets to one server, found and opened when first needed, shared by a client and those derived from it. */
export class Connection {
  readonly #log: Log;
  /** Set by each reading of `/1.0`. */
  facts: ServerFacts | undefined;
  /** Several where the server has several addresses, or may know us by one of several certificates; none = search. */
  readonly #ways: readonly Way[];
  readonly #search: Product | undefined;
  /** Who is asked about a server that nobody vouches for. */
  readonly #firstUse: FirstUse | undefined;
  #opening: Promise<{ endpoint: Endpoint; transport: Transport }> | undefined;
  #found: Way | undefined;
  #transport: Transport | undefined;
  /** How requests say who we are, where that takes more than a certificate. */
  #authorization: Authorization | undefined;
  #proving = (transport: Transport): Transport => transport;
  /** Settles when a change of the server's certificate that this client has begun is known, or cannot be. */
  changing: Promise<void> | undefined;
  /** Of the requests that are answered at once: a thousand models saved together must not be a thousand sockets. */
  readonly turns = new Turns(10);
  /**
   * Of streams down and of uploads, each held until its answer has come, or rests for its caller's sake. They are apart,
   * and no request waits for one of these, so that what reads a stream to fill an upload has never to wait for itself.
   */
  readonly streams = new Turns(32);
  readonly uploads = new Turns(32);
  /** Which projects are known to be there; they are asked for one after the other. */
  readonly projects = { known: new Set<string>(), turn: new Turns(1) };
  readonly #closing = new AbortController();
  readonly #writing = new Map<string, Promise<unknown>>();

  constructor(options: ConnectOptions, log: Log = {}, { identities = [], search }: Found = {}) {
    const each = identities.length === 0 ? [options] : identities.map((one) => ({ ...options, ...one }));
    const ways = each.map((given) =>
      endpointsFromOptions(given).map((endpoint) => ({ endpoint, options: given })),
    );
    // Address by address, and at each with one certificate after the other.
    this.#ways = (ways[0] ?? []).flatMap((_, address) => ways.map((list) => list[address]!));
    this.#search = search;
    const { acceptCertificate } = options;
    this.#firstUse = acceptCertificate && new FirstUse(acceptCertificate);
    this.#log = log;
  }

  get log(): Log {
    return this.#log;
  }

  get closed(): boolean {
    return this.#closing.signal.aborted;
  }

  /** Fires when it is closed. */
  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The only project that the endpoint serves, if so, and if it is known already. */
  get project(): string | undefined {
    const { endpoint } = this.#way ?? {};
    return endpoint?.kind === 'unix' ? endpoint.project : undefined;
  }

  /** For messages; before the first request of a client without options it is not known. */
  get description(): string {
    return this.#way ? describeEndpoint(this.#way.endpoint) : 'the local server';
  }

  /** Why the dates of our certificate keep it from being trusted, if they do. */
  get ownTrouble(): string | undefined {
    const { endpoint } = this.#way ?? {};
    return endpoint?.kind === 'https' && endpoint.own ? datesTrouble(endpoint.own) : undefined;
  }

  /** Where it is connected, and as whom; holds the key, which no property may: all of them can be printed. */
  credentials(): Credentials {
    return credentialsOf(this.#way);
  }

  /** The option by which it says who it is, where a client certificate alone does not. */
  get authorizedBy(): string | undefined {
    return authorizations(this.#way?.options ?? {})[0];
  }

  /** Whether it shows servers a certificate of ours. */
  get hasIdentity(): boolean {
    return this.#way?.options.clientCert !== undefined;
  }

  /** Goes on with a client certificate; what is under way ends as it began. */
  become(identity: KeyPair): void {
    const { options, endpoint } = this.#found ?? {};
    if (endpoint?.kind === 'https') this.#goOn(endpoint, { ...options, ...identity });
  }

  /** Another address (`https://host:port`) as it is reached with the options of this one. */
  endpointAt(origin: string): HttpsEndpoint {
    const { options = {}, endpoint } = this.#found ?? {};
    if (endpoint?.kind === 'https' && endpoint.origin === origin) return endpoint;
    return endpointWith({ origin }, options);
  }

  /** One to an address, with the same client certificate, where this very certificate (PEM) must be shown; ends with this one. */
  pinnedTo(serverCert: string, origin: string): Connection {
    const trust = { ca: undefined, verify: undefined, acceptCertificate: undefined, serverCert };
    return this.#child({ ...this.#found?.options, ...trust, endpoint: origin, clientJwt: undefined });
  }

  /** The certificates that the server may show, where it is known by its very certificate; another list after each change. */
  get pins(): readonly X509Certificate[] | undefined {
    const { endpoint } = this.#found ?? {};
    return endpoint?.kind === 'https' && endpoint.pins?.length ? endpoint.pins : undefined;
  }

  get isPinned(): boolean {
    return this.pins !== undefined;
  }

  /** Accepts another certificate (PEM) beside the pinned one, since it is about to be changed; returns what takes that back. */
  alsoPin(serverCert: string): () => void {
    const { options = {}, endpoint } = this.#found ?? {};
    const beside = readable(serverCert);
    if (endpoint?.kind !== 'https' || !this.isPinned || !beside) return () => undefined;
    this.#goOn(endpoint, options, [beside]);
    return () => this.#goOn(endpoint, options);
  }

  /**
   * Goes on with another certificate of the server (PEM) as the one that is pinned, for all clients of this connection; what
   * is under way ends over the sockets that it has. Nothing happens where none is pinned.
   */
  repin(serverCert: string): void {
    const { options, endpoint } = this.#found ?? {};
    const certificate = readable(serverCert);
    if (endpoint?.kind !== 'https' || !this.isPinned || !certificate) return;
    this.#goOn(endpoint, { ...options, serverCert: certificate.toString() });
    this.#log.info?.(
      `${endpoint.origin}: its certificate is SHA-256 ${fingerprint(certificate)} from now on`,
    );
  }

  /** Another to the same address, in the same way and as the same user, with sockets of its own. */
  twin(): Connection {
    const { options, endpoint } = this.#found ?? {};
    const twin = this.#child({ ...options, ...(endpoint && { endpoint: describeEndpoint(endpoint) }) });
    twin.#authorization = this.#authorization;
    return twin;
  }

  #child(options: ConnectOptions): Connection {
    const child = new Connection(options, this.#log);
    const forget = onAbort(this.closing, () => child.close());
    onAbort(child.closing, forget);
    if (this.closed) child.close();
    return child;
  }

  get #way(): Way | undefined {
    return this.#found ?? this.#ways[0];
  }

  /** @throws AbortedError and TimeoutError for the caller alone, when it has no more time for several addresses */
  async open(asking?: Asking): Promise<{ endpoint: Endpoint; transport: Transport }> {
    if (this.closed) throw closedError();
    this.#opening ??= this.#find().catch((error: unknown) => {
      this.#opening = undefined; // a daemon that was down may be up at the next request
      throw error;
    });
    return this.#found === undefined && asking ? within(this.#opening, asking) : this.#opening;
  }

  /**
   * Runs one write to a thing after the other. Neither server compares and writes a profile or an image in one step:
   * of two at the same time both get 200, and one is lost.
   */
  async oneByOne<T>(path: string, write: () => Promise<T>): Promise<T> {
    const before = this.#writing.get(path);
    const turn = (async () => {
      await before?.catch(() => undefined);
      return write();
    })();
    this.#writing.set(path, turn);
    try {
      return await turn;
    } finally {
      if (this.#writing.get(path) === turn) this.#writing.delete(path);
    }
  }

  /**
   * To be called when the link to the server may have died in silence (asleep, NAT): sockets that nobody uses are dropped,
   * and reads (GET, HEAD) that have waited for 3 s are asked again on a new one. Writes and websockets go on as they are.
   */
  suspect(): void {
    this.#transport?.suspect();
  }

  /** Ends every socket; requests under way reject with a `ClosedError`. */
  close(): void {
    this.#closing.abort();
    this.#transport?.close();
  }

  async #find(): Promise<{ endpoint: Endpoint; transport: Transport }> {
    const chosen = await this.#choose().catch((error: unknown) => {
      throw this.closed ? closedError() : error;
    });
    const endpoint = await routed(chosen.endpoint);
    await this.#prove(chosen.options);
    this.#found = { ...chosen, endpoint };
    this.#transport = this.#proving(new GotTransport(endpoint));
    if (this.closed) this.#transport.close();
    return { endpoint, transport: this.#transport };
  }

  #goOn(at: HttpsEndpoint, options: ConnectOptions, beside?: readonly X509Certificate[]): void {
    const endpoint = endpointWith(at, options, beside);
    const transport = this.#proving(new GotTransport(endpoint));
    const before = this.#transport;
    before?.dropIdle(); // requests under way end as they began
    onAbort(this.closing, () => before?.close());
    this.#found = { endpoint, options };
    this.#transport = transport;
    this.#opening = Promise.resolve({ endpoint, transport });
  }

  /** Has requests say who we are, where that takes more than a certificate. */
  async #prove(options: ConnectOptions): Promise<void> {
    if (authorizations(options).length === 0) return;
    // Only who logs in pays for it.
    const [{ authorizationOf }, { AuthorizedTransport }] = await Promise.all([
      import('../connect/oidc/make.js'),
      import('./authorized.js'),
    ]);
    const authorization = (this.#authorization ??= authorizationOf(options, {
      closing: this.closing,
      log: this.#log,
    }));
    if (authorization) this.#proving = (transport) => new AuthorizedTransport(transport, authorization);
  }

  async #choose(): Promise<Way> {
    const [first, ...more] = this.#ways;
    if (first === undefined) {
      return { endpoint: await discover({ product: this.#search }, this.closing), options: {} };
    }
    const prepare = this.#firstUse?.round(this.closing) ?? ((way: Way) => way);
    return more.length === 0 ? prepare(first) : firstOf([first, ...more], this.closing, prepare);
  }
}

/** Undefined for what is none: who is asked to take it says so. */
function readable(pem: string): X509Certificate | undefined {
  try {
    return parseCertificates(pem, 'certificate')[0];
  } catch {
    return undefined;
  }
}

/** For what is not a request. */
export function closedError(): ClosedError {
  return new ClosedError('The client is closed; make a new Client');
}
