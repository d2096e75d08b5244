import { named } from '../../errors/index.js';
import { type Ended, run, type StartOptions } from '../../operations/index.js';
import { field, type ListedKey, type ListOptions } from '../../orm/index.js';
import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { Resource } from '../kind/resource.js';
import { RestStore, type StoreSpec } from '../kind/rest-store.js';
import { aliasRules } from '../kind/rules.js';
import { serverFacts } from '../kind/server-facts.js';
import { assertAliasName } from './options.js';

const collection = '/1.0/images/aliases';

const spec: StoreSpec = {
  kind: 'image alias',
  collection: () => collection,
  path: (name) => fillPath(`${collection}/{name}`, { name }),
  rules: aliasRules,
  filter: 'none',
  renameBody: (name) => ({ name }),
  events: { of: 'image-alias', others: /^image-(deleted|refreshed)$/, shared: true, slashes: true },
};

/** Where a server keeps the aliases. */
export class AliasStore extends RestStore {
  constructor(session: Session) {
    super(session, spec);
  }

  /** From the whole list, since LXD encodes the names in its URLs twice. */
  override async keys(options: ListOptions = {}): Promise<ListedKey[]> {
    const all = (await this.list(1, options)) as unknown as { name: string }[];
    return all.map(({ name }) => ({ key: name }));
  }
}

/** A name of an image (`/1.0/images/aliases/{name}`); it may have slashes: `debian/12`. */
export class ImageAlias extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** The fingerprint of the image that it means. Saved with another one, it moves at once. */
  @field({ writable: true, scalar: 'string' }) target!: string;
  /** What the image is for: `container` or `virtual-machine`. */
  @field() readonly type!: string;

  /**
   * Gives it another name. LXD before 5.21 locks its database at that (POST of an alias), so there the new name is made
   * and then the old one deleted: for a moment there are both. @throws ConflictError for a name in use
   */
  override async rename<W extends boolean = true>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    assertAliasName(newName);
    const { path, session } = this;
    const { product, extensions } = await serverFacts(session, { signal: options.signal });
    const finish = () => this.renamed(newName);
    if (product === 'incus' || extensions.has('access_management'))
      // which came right after the fix
      return run(session, { method: 'POST', path, body: { name: newName } }, options, finish);
    const { signal } = options;
    const { data } = await this.store.read(this.key, { signal });
    const body = { name: newName, target: data.target, description: data.description };
    await session.send({ method: 'POST', path: collection, body, signal });
    try {
      return await run(session, { method: 'DELETE', path }, options, finish);
    } catch (error) {
      await session.send({ method: 'DELETE', path: spec.path(newName) }).catch(() => undefined);
      throw error;
    }
  }
}

named({ ImageAlias });
