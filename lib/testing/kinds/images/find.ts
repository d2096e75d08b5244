import type { Call } from '../../http/call.js';
import { findImage } from './state/images.js';
import type { ImageRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import type { Operation } from '../../state/operation.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { quirks } from './quirks.js';

/** The project of a request about images; the message is what guests hear of one that they are told nothing of. */
export function imageProject(call: Call, hidden?: string): ProjectRecord {
  const isHidden = hidden !== undefined && call.isGuest && quirks[call.product.name].guestsHaveOneProject;
  const missing = 'Check if project has images: fetch project: Project not found';
  return call.project(isHidden ? hidden : missing).having('images');
}

export function findVisible(
  call: Call,
  message = 'Image not found',
): { project: ProjectRecord; image: ImageRecord } {
  const asked = call.param('fingerprint');
  const project = imageProject(call, message);
  const image = findImage(project, asked);
  if (!image) throw new Refusal(404, message);
  // LXD tells guests the whole fingerprint of what is not for them.
  const told = call.product.name === 'lxd' ? image.fingerprint : asked;
  // What is in `default` is everybody's on Incus whom it trusts at all.
  const isShared = call.product.name === 'incus' && call.trusted && call.projectName === 'default';
  // Whoever comes, a secret is used.
  if (!visible(call, image) && !isShared) throw new Refusal(404, `Image "${told}" not found`);
  return { project, image };
}

/** Whom the server does not trust sees what is public, and what it has a secret for. */
export function visible(call: Call, image: ImageRecord): boolean {
  const isSecret = takesSecret(call, image);
  return !call.isGuest || image.public || isSecret;
}

/** Whether the request has a secret of this image. */
function takesSecret({ state, target }: Call, { fingerprint }: ImageRecord): boolean {
  return useSecret(state, target.query.get('secret'), fingerprint) !== undefined;
}

/** The token of this image that a secret is for. Its first use ends it; it holds until the operation is forgotten. */
export function useSecret(
  state: State,
  secret: string | null | undefined,
  fingerprint: string,
): Operation | undefined {
  if (!secret) return undefined;
  const token = state.operations.all().find(({ spec, metadata }) => {
    const url = spec.class === 'token' ? spec.resources?.images?.[0] : undefined;
    return metadata?.secret === secret && url?.replace(/\?.*$/s, '').endsWith(`/${fingerprint}`) === true;
  });
  if (token && !token.isFinal) {
    token.end(401);
    state.lifecycle(token.spec.project, 'operation-cancelled', ['operations', token.id]);
  }
  return token;
}
