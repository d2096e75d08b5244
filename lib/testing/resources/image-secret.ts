import type { Call } from '../http/call.js';
import { started } from '../http/reply.js';
import { sourceUrl } from '../state/source-url.js';
import { findVisible } from './image-find.js';

/** POST: a token operation, whose secret opens the image once to whom the server does not trust. */
export function makeSecret(call: Call): Response {
  const { project, image } = findVisible(call);
  const operation = call.state.operations.start({
    project: project.name,
    description: 'Image download token',
    class: 'token',
    resources: { images: [sourceUrl(project.name, ['images', image.fingerprint])] },
    metadata: { secret: call.state.chance.hex(32) },
    mayCancel: true,
    time: Infinity,
  });
  return started(operation);
}
