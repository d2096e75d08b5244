import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { aliasesOf } from './state/aliases.js';
import { announceImage } from './state/store.js';
import type { Operation } from '../../state/operation.js';
import type { ImageRecord, ImageSource } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { downloadImage } from './download.js';
import { findVisible } from './find.js';
import { quirks } from './quirks.js';

/** POST: looks for a newer image where this one came from, and replaces it. Where nobody answers there is none. */
export function refreshImage(call: Call): Response {
  const { state, product } = call;
  const { project, image } = findVisible(call);
  const operation = state.operations.start({
    project: project.name,
    description: 'Refreshing image',
    resources: product.noResources,
    run(operation) {
      const { source } = image;
      if (source) return refresh(state, project, image, source, operation);
      const what = `image "${image.fingerprint}" in project "${project.name}"`;
      throw new Refusal(404, `Failed to update ${what}: Image source not found`);
    },
  });
  return started(operation);
}

async function refresh(
  state: State,
  project: ProjectRecord,
  image: ImageRecord,
  source: ImageSource,
  operation: Operation,
): Promise<void> {
  const newer = await newest(state, project, image, source, operation);
  operation.replace({ refreshed: newer !== undefined });
  if (newer) state.lifecycle(project.name, 'image-refreshed', ['images', image.fingerprint]);
}

/** The image that has taken the place of this one. */
async function newest(
  state: State,
  project: ProjectRecord,
  image: ImageRecord,
  { alias, ...source }: ImageSource,
  operation: Operation,
): Promise<ImageRecord | undefined> {
  const { type, public: isPublic, cached, lastUsedAt, profiles, fingerprint } = image;
  const wanted = { ...source, name: alias, type, public: isPublic, autoUpdate: true };
  const found = await downloadImage(state, project, wanted, operation).catch(() => undefined);
  if (!found || found.image === image) return undefined;
  Object.assign(found.image, { profiles, lastUsedAt, cached });
  for (const one of aliasesOf(project, fingerprint)) one.target = found.image.fingerprint;
  project.images.delete(fingerprint);
  // Incus names the old one.
  if (!quirks[state.product.name].announcesDownloads) announceImage(state, project, image);
  return found.image;
}
