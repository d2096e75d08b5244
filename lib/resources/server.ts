import { text } from 'node:stream/consumers';
import { assertOptions, UnsupportedError, named } from '../errors/index.js';
import { callNames } from '../operations/index.js';
import { field, part, type CallOptions } from '../orm/index.js';
import type { ApiExtension, Schemas, ServerConfig } from '../rest/endpoints/index.js';
import { asObject } from '../rest/answers.js';
import type { Session } from '../rest/session.js';
import type { Product } from '../connect/options.js';
import { configurationFrom, type ServerConfiguration } from './configuration.js';
import { configSecrets } from './kind/config-secrets.js';
import { Resource } from './kind/resource.js';
import { storeKind } from './kind/kind.js';
import { RestStore } from './kind/rest-store.js';
import { assertExtension, factsFrom, productName } from './kind/server-facts.js';

/** What a server is and runs on. */
export class ServerEnvironment {
  /** Where it can be reached, `host:port`. */
  @part() readonly addresses!: string[];
  @part() readonly architectures!: string[];
  /** PEM text. */
  @part() readonly certificate!: string;
  @part() readonly certificateFingerprint!: string;
  @part() readonly driver!: string;
  @part() readonly driverVersion!: string;
  @part() readonly kernel!: string;
  @part() readonly kernelVersion!: string;
  @part() readonly osName!: string;
  @part() readonly osVersion!: string;
  @part() readonly project!: string;
  /** `lxd` or `incus`. */
  @part() readonly server!: string;
  @part() readonly serverClustered!: boolean;
  @part() readonly serverName!: string;
  @part() readonly serverPid!: number;
  @part() readonly serverVersion!: string;
  @part() readonly storage!: string;
  @part() readonly storageVersion!: string;
}

/** The server itself (`/1.0`): `client.server`. */
export class Server extends Resource {
  /** The server's configuration; secrets read as `true`. */
  @field({ writable: true, form: 'map', secret: configSecrets }) config!: ServerConfig;
  /** Undefined for who is not trusted. */
  @field({ type: () => ServerEnvironment }) readonly environment!: ServerEnvironment | undefined;
  /** `trusted` or `untrusted`: whether the server knows us. */
  @field() readonly auth!: 'trusted' | 'untrusted' | (string & {});
  @field({ form: 'list' }) readonly authMethods!: readonly string[];
  @field({ form: 'list' }) readonly apiExtensions!: readonly string[];
  @field() readonly apiStatus!: string;
  @field() readonly apiVersion!: string;
  @field({ scalar: 'boolean' }) readonly public!: boolean;

  /**
   * `lxd` or `incus`; undefined for a server that does not trust us and does not show it either. Fetch it again once it
   * trusts us.
   */
  get product(): Product | undefined {
    return factsFrom({ ...this.toJSON(), api_extensions: this.apiExtensions }).product;
  }

  /** The server's version; empty for who is not trusted. Ask `has()` for features, never this. */
  get version(): string {
    return this.environment?.serverVersion ?? '';
  }

  /** Whether the server has an API extension, and tells us. */
  has(extension: ApiExtension | (string & {})): boolean {
    return this.apiExtensions.includes(extension);
  }

  /** Refuses to go on without an API extension. @throws UnsupportedError */
  require(extension: ApiExtension | (string & {})): void {
    if (this.has(extension)) return;
    const { product, version } = this;
    const remedy =
      this.auth === 'untrusted' ? 'it may have it for those whom it trusts' : 'upgrade the server';
    throw new UnsupportedError(
      `${[productName(product), version].join(' ').trim()} lacks the API extension ${extension}; ${remedy}`,
      extension,
    );
  }

  /** Its hardware (GET /1.0/resources), by the server's names. */
  async resources(options: CallOptions = {}): Promise<Schemas.Resources> {
    assertOptions(options, callNames, 'server.resources()');
    const request = { method: 'GET', path: '/1.0/resources', ...options };
    return asObject(await this.session.send(request), request);
  }

  /** Its metrics as OpenMetrics text (GET /1.0/metrics). */
  async metrics(options: CallOptions = {}): Promise<string> {
    assertOptions(options, callNames, 'server.metrics()');
    const { body } = await this.session.stream({ method: 'GET', path: '/1.0/metrics', ...options });
    return text(body);
  }

  /**
   * What it says of its own config keys, by what they are of: `(await server.configuration()).instance` is a list of
   * `{ key, type, description, default, … }` (GET /1.0/metadata/configuration; up to 200 kB).
   * @throws UnsupportedError without the API extension metadata_configuration (LXD 5.0)
   */
  async configuration(options: CallOptions = {}): Promise<ServerConfiguration> {
    assertOptions(options, callNames, 'server.configuration()');
    const what = 'description of its config keys';
    await assertExtension(this.session, 'metadata_configuration', what, options);
    const request = { method: 'GET', path: '/1.0/metadata/configuration', ...options };
    return configurationFrom(asObject(await this.session.send(request), request).configs);
  }

  /** @internal */
  override toString(): string {
    return 'The server';
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.product ?? 'not known yet', this.version].filter(Boolean) : [];
  }
}

const servers = storeKind({
  name: 'server',
  path: '/1.0',
  // The whole configuration with PUT: PATCH cannot take away a boolean key (LXD 5.0.2 stores `false`), and one that is
  // refused for a bad value empties the rest of the node's configuration on Incus before 6.0.6.
  writes: {
    partial: false,
    keptUnlessEmptied: { field: 'config', keys: /^user\./ }, // a PUT without them leaves them as they are
    emptyIsUnset: ['config'],
    serverOwned: /^volatile\./,
    checkedLoosely: true, // of twelve writes with one version all were accepted
  },
  filter: 'none',
  cannot: ['rename', 'delete'],
});

/** Keeps what is learnt of the server for everything that depends on it. */
class ServerStore extends RestStore {
  override async read(key: string, options: CallOptions = {}) {
    const reading = await super.read(key, options);
    this.session.connection.facts = factsFrom(reading.data);
    return reading;
  }
}

/** @internal */
export function serverModel(session: Session): Server {
  return new Server(new ServerStore(servers, () => ({ session })), '1.0');
}

named({ Server });
