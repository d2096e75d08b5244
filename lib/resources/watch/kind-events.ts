import type { ServerEvent } from '../../events/index.js';

/** Which lifecycle events tell of the things of one kind: all that `watch()` has to know of it. */
export interface KindEvents {
  /** What the actions about one of them begin with: `profile` for `profile-created`, `profile-renamed` and the like. */
  of: string;
  /** Those among them that change nothing of what the API tells of it, or are about what belongs to it. */
  harmless?: RegExp;
  /** Other actions after which any of them may be another, come or be gone: then all are listed anew. */
  others?: RegExp;
  /** True where a project can share those of the project `default`: then it is the events of that which tell of them. */
  shared?: boolean;
  /** True where an event is in no project that could be named before it comes: then those of all projects are heard. */
  everywhere?: boolean;
  /** True where names have slashes of their own; elsewhere what comes before one is the name of what it belongs to. */
  slashes?: boolean;
  /** The key in the path that an event names, where that is not the path of the API. */
  keyIn?: KeyIn;
}

/** What an event is about: one thing, by its key, or it cannot be told which. */
export type Subject = { key: string; from?: string | undefined } | 'any';

/** Finds the key of a thing in its URL; undefined for one that is not among these things. */
export type KeyIn = (path: string, project: string) => string | undefined;

/** What an event is about; undefined for what changes none of these things. */
export function subjectOf(
  { metadata, project = 'default' }: ServerEvent<'lifecycle'>,
  events: KindEvents,
  keyIn: KeyIn,
): Subject | undefined {
  const { action, source, context } = metadata;
  if (events.others?.test(action)) return 'any';
  if (!action.startsWith(`${events.of}-`) || events.harmless?.test(action)) return undefined;
  const path = source.replace(/[?#].*$/s, '');
  if (/%25|%(?![0-9a-f]{2})/i.test(path)) return 'any'; // encoded twice, as LXD 5.0 has some, or a percent sign?
  const key = decodable(path) ? keyIn(path, project) : undefined;
  if (key === undefined) return undefined;
  const old: unknown = context?.old_name; // of a rename, which Incus 6.0 calls a deletion for integrations
  if (typeof old !== 'string') return { key };
  // `web/snap`, where the key may be `snap` alone.
  const from = events.slashes ? old : old.split('/').slice(-key.split('/').length).join('/');
  return from === key ? { key } : { key, from };
}

function decodable(path: string): boolean {
  try {
    decodeURIComponent(path);
    return true;
  } catch {
    return false; // no server's doing
  }
}
