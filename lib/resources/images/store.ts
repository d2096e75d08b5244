import { fillPath } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { RestStore, type StoreSpec } from '../kind/rest-store.js';
import { imageRules } from '../kind/rules.js';

const spec: StoreSpec = {
  kind: 'image',
  collection: () => '/1.0/images',
  path: (fingerprint) => fillPath('/1.0/images/{fingerprint}', { fingerprint }),
  rules: imageRules,
  filter: 'both',
  keyField: 'fingerprint',
  events: {
    of: 'image',
    harmless: /^image-(retrieved|secret-created)$/,
    others: /^image-(alias-.*|refreshed)$/, // the names of an image are part of it
    shared: true,
  },
};

/** Where a server keeps its images. */
export function imageStore(session: Session): RestStore {
  return new RestStore(session, spec);
}
