import { named } from '../errors/index.js';
import { field } from '../orm/index.js';
import type { InstanceConfig } from '../rest/endpoints/index.js';
import type { InputOf } from './kind/input.js';
import { kind } from './kind/kind.js';
import type { ResourceManager } from './kind/manager.js';
import { Resource } from './kind/resource.js';

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
export type ProfileInput = InputOf<Profile, 'description' | 'config' | 'devices'>;

/** `client.profiles`. */
export type ProfileManager<P extends Profile = Profile> = ResourceManager<P, ProfileInput>;

/** @internal */
export const profiles = kind<Profile, ProfileInput>({
  name: 'profile',
  path: '/1.0/profiles/{name}',
  model: Profile,
  // No `busy`: a profile's write that meets one of an instance says so with an error, but has been saved.
  writes: {
    partial: true, // what is left out is kept, description too
    unset: { config: 'empty', devices: 'replace' },
    emptyIsUnset: ['config', 'devices'],
    checkedLoosely: true,
  },
  filter: 'incus',
  events: { of: 'profile', shared: true },
  allProjects: 'profiles_all_projects',
});

named({ Profile });
