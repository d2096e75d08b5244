import { named } from '../errors/index.js';
import { run, type OperationOptions } from '../operations/index.js';
import { assertNewName, field, type JsonMap, type ModelClass } from '../orm/index.js';
import { fillPath, type InstanceConfig } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';
import { Collection } from './kind/collection.js';
import { Resource } from './kind/resource.js';
import { RestStore, type StoreSpec } from './kind/rest-store.js';
import { profileRules } from './kind/rules.js';
import { toWire } from './kind/wire.js';

/** Configuration and devices that instances share (`/1.0/profiles/{name}`). */
export class Profile extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: InstanceConfig;
  @field({ writable: true, form: 'maps' }) devices!: Record<string, Record<string, string>>;
  /** URLs of the instances and profiles that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  @field() readonly project!: string;
}

/** A new profile. */
export interface ProfileInput {
  name: string;
  description?: string;
  config?: InstanceConfig;
  devices?: Record<string, Record<string, string>>;
}

const spec: StoreSpec = {
  kind: 'profile',
  collection: () => '/1.0/profiles',
  path: (name) => fillPath('/1.0/profiles/{name}', { name }),
  rules: profileRules,
  filter: 'incus',
  renameBody: (name) => ({ name }),
  events: { of: 'profile', shared: true },
};

/** `client.profiles`. */
export class ProfileManager<P extends Profile = Profile> extends Collection<P> {
  /** @internal */
  constructor(session: Session, Class: ModelClass<P>) {
    super(new RestStore(session, spec), Class);
  }

  /**
   * Creates a profile (POST /1.0/profiles) and resolves with its fetched model. @throws InvalidInputError; ServerError
   * for a name in use, of which newer servers make a ConflictError
   */
  async create(input: ProfileInput, options: OperationOptions = {}): Promise<P> {
    assertNewName((input as Partial<ProfileInput> | undefined)?.name, 'profile');
    const body: JsonMap = toWire(Profile, input, 'profile');
    const request = { method: 'POST', path: spec.collection(), body };
    const made = await run(this.session, request, { ...options, wait: true }, () => this.get(input.name));
    return made as P;
  }

  /** Creates it, or brings the existing one to this state; keys of `config` and `devices` not named here stay. */
  async ensure(
    name: string,
    input: Omit<ProfileInput, 'name'> = {},
    options: OperationOptions = {},
  ): Promise<P> {
    const create = (wanted: typeof input, call: OperationOptions) => this.create({ ...wanted, name }, call);
    return this.ensureFrom(name, input, create, options);
  }

  override as<S extends P>(Class: ModelClass<S>): ProfileManager<S> {
    return new ProfileManager<S>(this.session, Class);
  }
}

named({ Profile, ProfileManager });
