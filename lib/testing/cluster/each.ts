import type { Item } from '../http/collection.js';
import type { State } from '../state/state.js';
import { here } from './here.js';
import type { MemberRecord } from './records.js';

/** What each member has its own of, of one or of all: read, and printed, as that member would. */
export function ofEach<I extends Item>(
  { cluster }: State,
  list: () => I[],
  {
    only,
    names = (url) => url,
  }: { only?: MemberRecord | undefined; names?: (url: string, member: string) => string },
): I[] {
  if (!cluster) return list();
  const members = only ? [only] : [...cluster.members.values()];
  return members.flatMap((member) =>
    here.run(member, list).map((item) => ({
      ...item,
      url: names(item.url, member.name),
      json: (recursion: number) => here.run(member, () => item.json(recursion)),
    })),
  );
}

/** A URL that says which member has it. */
export const withTarget = (url: string, member: string): string =>
  `${url}${url.includes('?') ? '&' : '?'}target=${encodeURIComponent(member)}`;
