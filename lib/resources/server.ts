import { text } from 'node:stream/consumers';
import { assertOptions, UnsupportedError, named, type LxdError } from '../errors/index.js';
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
import { mergedMetrics } from './place/metrics.js';
import { allMembersNames, ofMembers, type AllMembersOptions, type OfMembers } from './place/of-members.js';

/** The metrics of a whole cluster. */
export interface MetricsOfMembers {
  /** OpenMetrics text, each sample with a label `member`. */
  text: string;
  /** Why those of some members are not in it. */
  failed: Map<string, LxdError>;
}

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

  /**
   * Its hardware (GET /1.0/resources), by the server's names. With `allMembers` that of each member of its cluster, which is
   * asked for it; those that are away are named.
   */
  resources(options: CallOptions & { allMembers: true }): Promise<OfMembers<Schemas.Resources>>;
  resources(options?: CallOptions & { allMembers?: false | undefined }): Promise<Schemas.Resources>;
  async resources(options: AllMembersOptions = {}): Promise<unknown> {
    assertOptions(options, allMembersNames, 'server.resources()');
    const { allMembers, ...call } = options;
    const request = { method: 'GET', path: '/1.0/resources', ...call };
    const ask = async (session: Session): Promise<Schemas.Resources> =>
      asObject(await session.send(request), request);
    return allMembers === true ? ofMembers(this.session, call, ask) : ask(this.session);
  }

  /**
   * Its metrics as OpenMetrics text (GET /1.0/metrics), in which a cluster member has those of its own instances. With
   * `allMembers` those of all of them in one text, with a label `member`, beside the errors of those that are away.
   */
  metrics(options: CallOptions & { allMembers: true }): Promise<MetricsOfMembers>;
  metrics(options?: CallOptions & { allMembers?: false | undefined }): Promise<string>;
  async metrics(options: AllMembersOptions = {}): Promise<string | MetricsOfMembers> {
    assertOptions(options, allMembersNames, 'server.metrics()');
    const { allMembers, ...call } = options;
    const ask = async (session: Session) => {
      const { body } = await session.stream({ method: 'GET', path: '/1.0/metrics', ...call });
      return text(body);
    };
    if (allMembers !== true) return ask(this.session);
    const { members, failed } = await ofMembers(this.session, call, ask);
    return { text: mergedMetrics(members), failed };
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
