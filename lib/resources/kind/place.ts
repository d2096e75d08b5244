import type { CallOptions, ModelClass } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';

/** Where a store is: whose requests it sends, and what its things belong to. Asked for anew at each request. */
export interface Place {
  session: Session;
  /** The path of what they belong to, as it is named now; empty for what stands by itself. */
  parent?: string;
  /** The class of that, of which the things' own methods make more: a copy of a `WebServer`'s snapshot is one. */
  parentClass?: ModelClass | undefined;
  /** What the server's "not found" means, if it is said of what they belong to. */
  explain?(error: unknown, options: CallOptions): Promise<unknown>;
}

/** The same place, where nothing is changed. */
export function dryPlace(place: Place): Place {
  return { ...place, session: place.session.dry() };
}
