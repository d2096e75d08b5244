import type { JsonMap, ListedKey } from '../../orm/index.js';

/** Whether a location is a cluster member: a single server says `none`, and what is on no member in particular nothing. */
export function isMember(location: unknown): location is string {
  return typeof location === 'string' && location !== '' && location !== 'none';
}

/** Which project and member a listed thing is in. */
export function placeOf({ project, location }: JsonMap): Omit<ListedKey, 'key'> {
  return {
    project: typeof project === 'string' ? project : undefined,
    location: typeof location === 'string' ? location : undefined,
  };
}
