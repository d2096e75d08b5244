import { named } from '../../errors/index.js';
import type { Ended, StartOptions, WaitOf } from '../../operations/index.js';
import { field } from '../../orm/index.js';
import type { StorageVolumeConfig } from '../../rest/endpoints/index.js';
import { kind } from '../kind/kind.js';
import { afterSlash } from '../kind/path.js';
import { Resource } from '../kind/resource.js';
import { restoreVolume } from './restore.js';

/** A snapshot of a custom volume (`…/volumes/{type}/{volumeName}/snapshots/{snapshotName}`). */
export class VolumeSnapshot extends Resource {
  /** Its own name, without the volume's. */
  @field({ key: true }) readonly name!: string;
  @field({ writable: true, scalar: 'string' }) description!: string;
  /** When the server deletes it; null for never. */
  @field({ writable: true, form: 'time' }) expiresAt!: Date | null;
  /** Null where the server does not tell. */
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  /** The volume's, when it was taken. */
  @field({ form: 'map' }) readonly config!: Readonly<StorageVolumeConfig>;

  /** The name of the volume that it is of. */
  get volume(): string {
    return this.nameIn('volumeName');
  }

  /** Puts the volume back to it (PUT of the volume). @throws as `volume.restore()` does */
  async restore<W extends boolean | WaitOf<this> = WaitOf<this>>(
    options: StartOptions<W> = {},
  ): Promise<Ended<void, W>> {
    const path = this.path.slice(0, this.path.lastIndexOf('/snapshots/'));
    return restoreVolume(this.session, path, this.key, options, () => undefined);
  }
}

/** A new snapshot of a volume. */
export interface VolumeSnapshotInput {
  /** Chosen by the server (`snap0`) by default. */
  name?: string | undefined;
  description?: string | undefined;
  /** When the server may delete it; null for never. Without it, when `snapshots.expiry` of the volume says. */
  expiresAt?: Date | null | undefined;
}

/** @internal */
export const volumeSnapshots = kind<VolumeSnapshot, VolumeSnapshotInput>({
  name: 'volume snapshot',
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/snapshots/{snapshotName}',
  key: { listed: afterSlash },
  model: VolumeSnapshot,
  writes: { partial: true, checkedLoosely: true }, // description and expiry; what is left out is kept
  filter: 'none',
  ignored: ['description'], // by all but newer LXD
  chosen: { told: ['storage_volume_snapshots'] },
  // Events name the volume with its project, and after a rename the snapshot as it was.
  events: {
    of: 'storage-volume-snapshot',
    others: /^storage-volume-(deleted|renamed|snapshot-.*)$/,
    shared: true,
  },
});

named({ VolumeSnapshot });
