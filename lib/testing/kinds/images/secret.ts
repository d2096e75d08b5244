import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { findVisible } from './find.js';
import { quirks } from './quirks.js';

/** POST: a token operation, whose secret opens the image once to whom the server does not trust. */
export function makeSecret(call: Call): Response {
  const { project, image } = findVisible(call);
  return offer(call, project.name, image.fingerprint);
}

/** A token operation for an image that is there, or is to come; `more` is what it says beside its secret. */
export function offer(
  { state, product }: Call,
  project: string,
  fingerprint: string,
  more: Record<string, unknown> = {},
): Response {
  const operation = state.operations.start({
    ...{ project, description: 'Image download token', class: 'token' },
    resources: { images: [quirks[product.name].url(project, fingerprint)] },
    metadata: { ...more, secret: state.chance.hex(32) },
    ...{ mayCancel: true, time: Infinity },
  });
  state.lifecycle(project, 'image-secret-created', ['images', fingerprint]);
  return started(operation);
}
