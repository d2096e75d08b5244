import { named } from '../../errors/index.js';
import { field } from '../../orm/index.js';
import type { PlacementGroupConfig } from '../../rest/endpoints/index.js';
import type { InputOf } from '../kind/input.js';
import { kind } from '../kind/kind.js';
import { Resource } from '../kind/resource.js';

/**
 * A placement group: which cluster members the server chooses for instances whose `placement.group` names it
 * (`/1.0/placement-groups/{name}`); LXD with the API extension instance_placement_groups. One that is in use can neither
 * be renamed nor deleted.
 */
export class PlacementGroup extends Resource {
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /**
   * `policy`: `spread` over members, or `compact` on as few as can be; `rigor`: `strict` refuses an instance that has no
   * such place, `permissive` takes another. Servers have no defaults: both are needed.
   */
  @field({ writable: true, form: 'map' }) config!: PlacementGroupConfig;
  @field() readonly project!: string;
  /** URLs of the instances and profiles that name it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
}

/** A new placement group. */
export type PlacementGroupInput = InputOf<PlacementGroup, 'description' | 'config'>;

/** @internal */
export const placementGroups = kind<PlacementGroup, PlacementGroupInput>({
  name: 'placement group',
  path: '/1.0/placement-groups/{name}',
  model: PlacementGroup,
  writes: { partial: false, emptyIsUnset: ['config'], checkedLoosely: true }, // a PATCH cannot blank the description
  filter: 'none',
  needs: { product: 'lxd', extension: 'instance_placement_groups' },
  allProjects: 'instance_placement_groups', // since there are any
  // A rename tells the old name alone.
  events: { of: 'placement-group', others: /^placement-group-renamed$/ },
});

named({ PlacementGroup });
