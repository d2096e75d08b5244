import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { RestStore, type StoreSpec } from '../kind/rest-store.js';
import { instanceRules } from '../kind/rules.js';

const spec: StoreSpec = {
  kind: 'instance',
  collection: () => '/1.0/instances',
  path: (name) => fillPath('/1.0/instances/{name}', { name }),
  rules: instanceRules,
  filter: 'both',
  renameBody: (name) => ({ name }),
};

/** Where a server keeps its instances. */
export function instanceStore(session: Session): RestStore {
  return new RestStore(session, spec);
}
