import { run, type Operation, type OperationOptions, type StartOptions } from '../../operations/index.js';
import type { JsonMap } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { toWire } from '../wire.js';
import { Image } from './image.js';
import { imageStore } from './store.js';

/** What the image of an instance or a snapshot gets. */
export interface PublishOptions extends OperationOptions {
  public?: boolean | undefined;
  properties?: Record<string, string> | undefined;
  /** Names for it. */
  aliases?: readonly (string | { name: string; description?: string })[] | undefined;
  expiresAt?: Date | null | undefined;
  /** `none`, `gzip`, `zstd`, … as the server has it. */
  compressionAlgorithm?: string | undefined;
}

/** Makes an image of an instance or a snapshot. */
export async function publish(
  session: Session,
  source: { type: 'instance' | 'snapshot'; name: string },
  {
    public: isPublic,
    properties,
    aliases = [],
    expiresAt,
    compressionAlgorithm,
    ...options
  }: PublishOptions & StartOptions,
): Promise<Image | Operation<Image>> {
  const wanted = { public: isPublic, properties, compressionAlgorithm, ...(expiresAt ? { expiresAt } : {}) };
  const body: JsonMap = { ...toWire(Image, wanted, 'image'), source };
  if (aliases.length > 0) body.aliases = aliases.map(aliasEntry);
  return run(session, { method: 'POST', path: '/1.0/images', body }, options, async ({ metadata }) => {
    const store = imageStore(session);
    const fingerprint = String(metadata?.fingerprint);
    return new Image(store, fingerprint, await store.read(fingerprint));
  });
}

/** An alias as the API describes it. */
export function aliasEntry(alias: string | { name: string; description?: string }): JsonMap {
  return typeof alias === 'string' ? { name: alias, description: '' } : { description: '', ...alias };
}
