import { InvalidInputError, named } from '../../errors/index.js';
import type { Ended, StartOptions, WaitOf } from '../../operations/index.js';
import { field, type DeleteOptions } from '../../orm/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';
import { ofClusters } from './standalone.js';

/**
 * A group of cluster members, on one of which an instance is created with `target: '@group'` (`/1.0/cluster/groups/{name}`).
 * A save always writes the whole of it (PUT), since Incus cannot take a member out by a PATCH; servers
 * take that whatever was written meanwhile, so that it is read and compared before.
 */
export class ClusterGroup extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** The names of its members, in no order; each is in one group at least. */
  @field({ writable: true, form: 'set' }) members!: string[];
  /** Of Incus with the API extension `clustering_groups_config`; empty elsewhere. */
  @field({ writable: true, form: 'map' }) config!: Record<string, string>;
  /** URLs of what uses it, where the server tells (API extension clustering_groups_used_by or cluster_group_usedby). */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];

  /** Gives it another name (POST /1.0/cluster/groups/{name}). @throws AlreadyExistsError; InvalidInputError for `default`, and for names that no new one may have */
  override async rename<W extends boolean = WaitOf<this>>(
    newName: string,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    assertOwn(this.key, 'renamed');
    // Both servers look at the old name here, and one that has such characters can be renamed no more.
    if (typeof newName === 'string' && /[\s_'"*]/.test(newName))
      throw new InvalidInputError(
        `The cluster group's name ${JSON.stringify(newName)} has a space or another character that none may have`,
      );
    return super.rename(newName, options);
  }

  /** @throws InUseError while it has members; InvalidInputError for `default` */
  override async delete<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: DeleteOptions<W> = {},
  ): Promise<Ended<void, W>> {
    assertOwn(this.key, 'deleted');
    return super.delete(options);
  }
}

/** A new group of cluster members. */
export type ClusterGroupInput = InputOf<ClusterGroup, 'description' | 'members' | 'config'>;

/** @throws InvalidInputError for the group that no server lets go */
function assertOwn(name: string, done: string): void {
  if (name === 'default') throw new InvalidInputError(`The cluster group 'default' cannot be ${done}`);
}

/** @internal */
export const clusterGroups = kind<ClusterGroup, ClusterGroupInput>({
  name: 'cluster group',
  path: '/1.0/cluster/groups/{name}',
  model: ClusterGroup,
  // Incus cannot take a member out by a PATCH: it deletes rows of other members, and says so. A PUT looks at no If-Match.
  writes: { partial: false, emptyIsUnset: ['config'], versionIgnored: true, checkedLoosely: true },
  unfit: ofClusters,
  missing: /\bQuery (deleted|affected) 0 rows instead of 1\b/,
  // No events: no server tells of one that was deleted.
  filter: 'none',
  allProjects: 'always', // they are in no project
  needs: { extension: 'clustering_groups' },
});

named({ ClusterGroup });
