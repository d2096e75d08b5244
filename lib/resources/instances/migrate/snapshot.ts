import type { OtherClient } from '../../transfer/peer.js';
import { Instance } from '../instance.js';
import type { CopyToOptions } from './options.js';
import { copyTo, type Here } from './to.js';

/** How a snapshot is copied to another server. */
export type SnapshotCopyToOptions = Omit<CopyToOptions, 'snapshot' | 'live' | 'refresh' | 'instanceOnly'>;

/** Makes an instance of a snapshot on another server. */
export async function copySnapshotTo(
  here: Omit<Here<Instance>, 'Class'>,
  client: OtherClient,
  options: SnapshotCopyToOptions & { snapshot: string },
): Promise<Instance> {
  return copyTo({ ...here, Class: Instance }, client, options);
}
