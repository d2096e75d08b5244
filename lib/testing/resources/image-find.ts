import type { Call } from '../http/call.js';
import { findImage } from '../state/images.js';
import type { ImageRecord, ProjectRecord } from '../state/records.js';
import { Refusal } from '../state/refusal.js';

/** The project of a request about images. */
export function imageProject(call: Call): ProjectRecord {
  return call.project('Check if project has images: fetch project: Project not found');
}

export function findVisible(
  call: Call,
  message = 'Image not found',
): { project: ProjectRecord; image: ImageRecord } {
  const project = imageProject(call);
  const image = findImage(project, call.param('fingerprint'));
  if (!image || !visible(call, image)) throw new Refusal(404, message);
  return { project, image };
}

/** Whom the server does not trust sees what is public, and what it has a secret for. */
export function visible(call: Call, image: ImageRecord): boolean {
  const isSecret = takesSecret(call, image);
  return call.trusted || image.public || isSecret;
}

/** Whether the request has a secret of this image. Its first use ends it; it holds until the operation is forgotten. */
function takesSecret({ state, target }: Call, { fingerprint }: ImageRecord): boolean {
  const secret = target.query.get('secret');
  if (!secret) return false;
  const operation = state.operations.all().find(({ spec, metadata }) => {
    const url = spec.class === 'token' ? spec.resources?.images?.[0] : undefined;
    return metadata?.secret === secret && url?.replace(/\?.*$/s, '').endsWith(`/${fingerprint}`) === true;
  });
  if (operation && !operation.isFinal) operation.end(401);
  return operation !== undefined;
}
