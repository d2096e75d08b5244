import { assertOptions, milliseconds, named } from '../../errors/index.js';
import { type Ended, run, startNames, type StartOptions, type WaitOf } from '../../operations/index.js';
import { field } from '../../orm/index.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { serverFacts } from '../kind/server-facts.js';
import { assertAliasName } from './alias-name.js';

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
  override async rename<W extends boolean = WaitOf<this>>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    assertAliasName(newName);
    assertOptions(options, startNames, 'rename()');
    milliseconds(options.timeout);
    const { path, session, store } = this;
    const { product, extensions } = await serverFacts(session, { signal: options.signal });
    const finish = () => this.renamed(newName);
    if (product === 'incus' || extensions.has('access_management'))
      // which came right after the fix
      return run(session, { method: 'POST', path, body: { name: newName } }, options, finish);
    const { signal } = options;
    const { data } = await store.read(this.key, { signal });
    const body = { name: newName, target: data.target, description: data.description };
    await store.create(newName, body, { wait: true, signal }, () => undefined);
    try {
      return await run(session, { method: 'DELETE', path }, options, finish);
    } catch (error) {
      await store.remove(newName, { wait: true }, () => undefined).catch(() => undefined);
      throw error;
    }
  }
}

/** What an alias means: an image, or its fingerprint. */
export type AliasTarget = string | { readonly fingerprint: string };

/** A new alias. */
export interface ImageAliasCreate {
  name: string;
  target: AliasTarget;
  description?: string | undefined;
}

/** @internal */
export const imageAliases = kind<ImageAlias, ImageAliasCreate>({
  name: 'image alias',
  path: '/1.0/images/aliases/{name}',
  model: ImageAlias,
  writes: { partial: false }, // a PATCH of an alias locks the database of LXD 5.0.2
  filter: 'none',
  events: { of: 'image-alias', others: /^image-(deleted|refreshed)$/, shared: true, slashes: true },
  body: (body) => ({ description: '', ...body }),
});

named({ ImageAlias });
