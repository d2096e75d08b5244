import type { Session } from '../../rest/session.js';
import { storeKind } from '../kind/kind.js';
import { RestStore } from '../kind/rest-store.js';

const images = storeKind({
  name: 'image',
  path: '/1.0/images/{fingerprint}',
  key: { field: 'fingerprint', plain: 'of one project', abbreviated: true },
  writes: {
    partial: true,
    replaceOnly: ['profiles', 'expires_at'], // PATCH answers 200 and ignores them
    unset: { properties: 'empty' },
    emptyIsUnset: ['properties'],
    checkedLoosely: true,
    unversioned: ['profiles', 'expires_at'], // not part of the hash that makes the ETag
  },
  filter: 'both',
  events: {
    of: 'image',
    harmless: /^image-(retrieved|secret-created)$/,
    others: /^image-(alias-.*|refreshed)$/, // the names of an image are part of it
    shared: true,
  },
  cannot: ['rename'],
  allProjects: 'images_all_projects',
});

/** Where a server keeps its images. */
export function imageStore(session: Session): RestStore {
  return new RestStore(images, () => ({ session }));
}
