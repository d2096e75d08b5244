import type { Product } from '../../../products/product.js';
import { sorted } from '../../../state/maps.js';
import type { ImageRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { aliasesOf } from './aliases.js';
import { Refusal } from '../../../state/refusal.js';

/** The image of this fingerprint or of the one that begins so; more than one is an error. */
export function findImage(project: ProjectRecord, start: string): ImageRecord | undefined {
  const wanted = start.toLowerCase();
  if (!wanted) throw new Refusal(500, 'No fingerprint prefix specified for the image');
  const exact = project.images.get(wanted);
  if (exact) return exact;
  const found = [...project.images.values()].filter(({ fingerprint }) => fingerprint.startsWith(wanted));
  if (found.length > 1) throw new Refusal(500, 'More than one image matches');
  return found[0];
}

/** An image as the servers print it. */
export function imageJson(
  product: Product,
  project: ProjectRecord,
  image: ImageRecord,
): Record<string, unknown> {
  const aliases = aliasesOf(project, image.fingerprint);
  return {
    auto_update: image.autoUpdate,
    properties: sorted(image.properties),
    public: image.public,
    expires_at: image.expiresAt,
    profiles: image.profiles,
    aliases: aliases.map(({ name, description }) => ({ name, description })),
    architecture: image.architecture,
    cached: image.cached,
    filename: image.filename,
    fingerprint: image.fingerprint,
    size: image.size,
    ...(image.source && { update_source: { ...image.source, image_type: '' } }),
    type: image.type,
    created_at: image.createdAt,
    last_used_at: image.lastUsedAt,
    uploaded_at: image.uploadedAt,
    ...(product.namesProject && { project: project.name }),
  };
}
