import { assertOptions, named } from '../errors/index.js';
import { callNames, type LikeOf, type PlainOf } from '../operations/index.js';
import { field, type CallOptions, type ModelClass } from '../orm/index.js';
import { Collection } from './kind/collection.js';
import { storeKind } from './kind/kind.js';
import { Resource } from './kind/resource.js';
import { RestStore, type Place } from './kind/rest-store.js';
import { Limit } from './transfer/limit.js';

/** A warning: a problem that the server met and went on (`/1.0/warnings/{uuid}`). */
export class Warning extends Resource {
  @field({ key: true }) readonly uuid!: string;
  /** `new` or `acknowledged` can be set; the server sets `resolved`, and `new` where it occurs again. */
  @field({ writable: true, scalar: 'string' }) status!: 'new' | 'acknowledged' | 'resolved' | (string & {});
  /** `low`, `moderate` or `high`. */
  @field() readonly severity!: 'low' | 'moderate' | 'high' | (string & {});
  /** What it is about, as a sentence: `AppArmor support has been disabled`. */
  @field() readonly type!: string;
  /** How often it occurred. */
  @field({ scalar: 'number' }) readonly count!: number;
  @field({ form: 'time' }) readonly firstSeenAt!: Date | null;
  @field({ form: 'time' }) readonly lastSeenAt!: Date | null;
  /** Details of the last occurrence. */
  @field() readonly lastMessage!: string;
  /** The URL of what it concerns; empty where that is the server. */
  @field({ scalar: 'string' }) readonly entityUrl!: string;
  /** Empty for what concerns no project. */
  @field({ scalar: 'string' }) readonly project!: string;
  /** The cluster member that reported it; `none` on a single server. */
  @field() readonly location!: string;

  /** Marks it as acknowledged, and resolves with it, fetched (PUT, GET). @throws NotFoundError */
  async acknowledge(options: CallOptions = {}): Promise<this> {
    assertOptions(options, callNames, 'acknowledge()');
    const limit = new Limit('acknowledge()', options.signal, options.timeout);
    const { signal } = limit;
    try {
      await this.store.assertOffered({ signal });
      const body = { status: 'acknowledged' };
      await this.session.send({ method: 'PUT', path: this.path, body, signal });
      return await this.fetch({ signal }); // LXD 5.0 takes this of a warning that is not there, too
    } catch (error) {
      throw limit.errorOf(error);
    } finally {
      limit.clear();
    }
  }

  protected override inspectDetails(): string[] {
    return this.isFetched ? [this.severity, this.status, JSON.stringify(this.type)] : [];
  }
}

const warnings = storeKind({
  name: 'warning',
  path: '/1.0/warnings/{uuid}',
  key: { field: 'uuid', plain: true },
  // It has no ETag, and the status is all that can be written.
  writes: { partial: false, versionIgnored: true },
  filter: 'both',
  cannot: ['rename'],
  needs: { extension: 'warnings' },
  allProjects: 'warnings', // since there are any: a list without a project has those of all, and of none
});

/**
 * The server's warnings: `client.warnings`. A client of a project lists those of that project only; all others, and
 * `all({ allProjects: true })`, list all. No server tells of a new one, so that there is no `watch()`.
 */
export class WarningManager<W extends Warning = Warning> extends Collection<W> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class?: ModelClass<W>) {
    super(new RestStore(warnings, place), (Class ?? Warning) as ModelClass<W>);
    this.#place = place;
  }

  override as<S extends PlainOf<W> & Warning>(Class: ModelClass<S>): WarningManager<LikeOf<W, S>> {
    return new WarningManager(this.#place, Class as ModelClass as ModelClass<LikeOf<W, S>>);
  }

  /** A single one is found without its project, which may be none. */
  protected override storeOf(): RestStore {
    return this.store;
  }
}

named({ Warning, WarningManager });
