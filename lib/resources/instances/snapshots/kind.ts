import { kind } from '../../kind/kind.js';
import { afterSlash } from '../../kind/path.js';
import { busy } from '../store.js';
import { Snapshot } from './snapshot.js';

/** A new snapshot. */
export interface SnapshotInput {
  /** The server makes one up (`snap0`) without it. */
  name?: string | undefined;
  /** Keep the memory of the running instance; needs CRIU or a VM. */
  stateful?: boolean | undefined;
  /** When the server may delete it; null for never. Without it, when `snapshots.expiry` of the instance says. */
  expiresAt?: Date | null | undefined;
}

/** @internal Those of one instance, and by `'instance/snapshot'` those of all. */
export const snapshots = kind<Snapshot, SnapshotInput>({
  name: 'snapshot',
  path: '/1.0/instances/{name}/snapshots/{snapshot}',
  key: { decodedTwice: true, listed: afterSlash },
  model: Snapshot,
  writes: { partial: true, busy }, // only the expiry can be changed; PATCH and PUT are operations
  filter: 'none',
  // Those of an instance that is copied or deleted have events of their own.
  events: { of: 'instance-snapshot', others: /^instance-renamed$/ },
  chosen: { told: ['instances_snapshots'] },
});
