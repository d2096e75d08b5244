import { assertOptions, type OptionNames } from '../../errors/index.js';
import { startNames, type Ended, type StartOptions } from '../../operations/index.js';
import type { Session } from '../../rest/session.js';
import { createImage } from './create.js';
import { Image } from './image.js';
import { imageNames, wantedImage, type ImageOptions } from './options.js';
import { assertFree } from './settle.js';

/** What the image of an instance or a snapshot gets. */
export interface PublishOptions extends ImageOptions {
  /** `none`, `gzip`, `zstd`, … as the server has it. */
  compressionAlgorithm?: string | undefined;
}

/** For `assertOptions()`. */
export const publishNames: OptionNames<PublishOptions> = { ...imageNames, compressionAlgorithm: true };

/** Refuses what would be refused only when something has been done already. */
export async function assertPublishable(session: Session, options: PublishOptions): Promise<void> {
  const { wanted } = wantedImage(options);
  await assertFree(session, wanted, options);
}

/** Makes an image of an instance or a snapshot. */
export async function publish<I extends Image, W extends boolean>(
  session: Session,
  { type, name }: { type: 'instance' | 'snapshot'; name: string },
  given: PublishOptions & StartOptions<W>,
): Promise<Ended<I, W>> {
  assertOptions(given, { ...publishNames, ...startNames }, 'publish()');
  const { compressionAlgorithm, ...options } = given;
  const source =
    type === 'instance' ? { instance: name, compressionAlgorithm } : { snapshot: name, compressionAlgorithm };
  return createImage({ session, Class: Image }, source, options) as Promise<Ended<I, W>>;
}
