import type { Operation, StartOptions } from '../../operations/index.js';
import type { Session } from '../../rest/session.js';
import { createImage } from './create.js';
import { Image } from './image.js';
import type { ImageOptions } from './options.js';

/** What the image of an instance or a snapshot gets. */
export interface PublishOptions extends ImageOptions {
  /** `none`, `gzip`, `zstd`, … as the server has it. */
  compressionAlgorithm?: string | undefined;
}

/** Makes an image of an instance or a snapshot. */
export async function publish(
  session: Session,
  { type, name }: { type: 'instance' | 'snapshot'; name: string },
  { compressionAlgorithm, ...options }: PublishOptions & StartOptions,
): Promise<Image | Operation<Image>> {
  const source =
    type === 'instance' ? { instance: name, compressionAlgorithm } : { snapshot: name, compressionAlgorithm };
  return createImage({ session, Class: Image }, source, options);
}
