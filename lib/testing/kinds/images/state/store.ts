import { dict } from '../../../state/maps.js';
import type { ImageRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';
import { epoch, never } from '../../../state/time.js';

/** How an image without an expiry prints it. */
const noExpiry = { lxd: epoch, incus: never };

/** What is known of a new image; the rest is as the servers fill it in. */
export type NewImage = Pick<ImageRecord, 'fingerprint' | 'size' | 'data'> & Partial<ImageRecord>;

/** Puts an image into a project, and tells of it. */
export function storeImage(state: State, project: ProjectRecord, image: NewImage): ImageRecord {
  const stored = keepImage(state, project, image);
  announceImage(state, project, stored);
  return stored;
}

export function announceImage(
  state: State,
  project: ProjectRecord,
  { fingerprint, type }: Pick<ImageRecord, 'fingerprint' | 'type'>,
): void {
  state.lifecycle(project.name, 'image-created', ['images', fingerprint], { type });
}

/** Puts an image into a project without a word. */
export function keepImage(state: State, project: ProjectRecord, image: NewImage): ImageRecord {
  const now = state.now();
  const stored: ImageRecord = {
    type: 'container',
    architecture: 'x86_64',
    filename: '',
    profiles: ['default'],
    public: false,
    autoUpdate: false,
    cached: false,
    createdAt: now,
    expiresAt: noExpiry[state.product.name],
    lastUsedAt: never,
    uploadedAt: now,
    ...image,
    properties: dict(image.properties),
  };
  project.images.set(stored.fingerprint, stored);
  return stored;
}
