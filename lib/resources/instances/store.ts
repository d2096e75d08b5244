import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { RestStore, type StoreSpec } from '../kind/rest-store.js';
import type { KindEvents } from '../watch/kind-events.js';
import { instanceRules } from '../kind/rules.js';

/** Which events tell of instances: not those that change nothing of what the API tells of one. */
const instanceEvents: KindEvents = {
  of: 'instance',
  harmless: /^instance-(exec|console|file|log|backup|metadata|snapshot)(-|$)/,
};

/** Older servers name instances by their type. */
function nameIn(path: string): string | undefined {
  const name = /^\/1\.0\/(?:instances|containers|virtual-machines)\/([^/]+)/.exec(path)?.[1];
  return name === undefined ? undefined : decodeURIComponent(name);
}

const spec: StoreSpec = {
  kind: 'instance',
  collection: () => '/1.0/instances',
  path: (name) => fillPath('/1.0/instances/{name}', { name }),
  rules: instanceRules,
  filter: 'both',
  renameBody: (name) => ({ name }),
  events: instanceEvents,
  keyInUrl: nameIn,
};

/** Where a server keeps its instances. */
export function instanceStore(session: Session): RestStore {
  return new RestStore(session, spec);
}
