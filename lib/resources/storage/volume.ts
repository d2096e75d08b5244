import { isLxdError, named } from '../../errors/index.js';
import type { Ended, StartOptions } from '../../operations/index.js';
import { field, isMap, type CallOptions } from '../../orm/index.js';
import type { StorageVolumeConfig } from '../../rest/endpoints/index.js';
import { backupsOf, type BackupManager } from '../backups/manager.js';
import { kind } from '../kind/kind.js';
import { within, type ResourceManager } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import { restoreVolume } from './restore.js';
import { volumeSnapshots, type VolumeSnapshot, type VolumeSnapshotInput } from './snapshot.js';
import {
  volumeBackups,
  type VolumeBackup,
  type VolumeBackupForm,
  type VolumeExportOptions,
} from './volume-backup.js';
import { VolumeFiles } from './volume-files.js';

/** What a volume takes, in bytes; undefined where the storage driver does not tell. */
export interface StorageVolumeState {
  used: number | undefined;
  total: number | undefined;
}

/** A volume of a storage pool (`/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}`). */
export class StorageVolume extends Resource {
  #snapshots: ResourceManager<VolumeSnapshot, VolumeSnapshotInput> | undefined;
  #backups: BackupManager<VolumeBackup, VolumeBackupForm> | undefined;
  #files: VolumeFiles | undefined;

  @field() readonly name!: string;
  /** `custom`, or what it is of: `container`, `virtual-machine`, `image`. */
  @field() readonly type!: 'custom' | 'container' | 'virtual-machine' | 'image';
  @field({ writable: true, scalar: 'string' }) description!: string;
  @field({ writable: true, form: 'map' }) config!: StorageVolumeConfig;
  /** `filesystem`, `block` or `iso`. */
  @field() readonly contentType!: string;
  /** Null where the server does not tell. */
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  /** URLs of the instances and profiles that use it. */
  @field({ form: 'list' }) readonly usedBy!: readonly string[];
  /** The cluster member that has it, to which its requests go; `none` on a single server. */
  @field() readonly location!: string;
  @field() readonly project!: string;

  /** The name of the pool that it is in. */
  get pool(): string {
    return decodeURIComponent(this.path.split('/')[3] ?? '');
  }

  /** Its snapshots, by their short names. */
  get snapshots(): ResourceManager<VolumeSnapshot, VolumeSnapshotInput> {
    return (this.#snapshots ??= within(this, volumeSnapshots));
  }

  /**
   * Its files, as `instance.files` are, where the server has them: extension `file_storage_volume`, of newer Incus. Elsewhere
   * each method rejects with an UnsupportedError before it asks for a file.
   */
  get files(): VolumeFiles {
    return (this.#files ??= new VolumeFiles(this));
  }

  /** Its backups, which are kept on the server; `exportTo()` makes one, fetches it and deletes it. */
  get backups(): BackupManager<VolumeBackup, VolumeBackupForm> {
    return (this.#backups ??= backupsOf(this, volumeBackups));
  }

  /** What it takes (GET …/state); all undefined for a driver that does not count, such as `dir`. */
  async state(options: CallOptions = {}): Promise<StorageVolumeState> {
    try {
      const { usage } = await this.readObject('state', options);
      const { used, total } = isMap(usage) ? usage : {};
      return { used: bytes(used), total: total === 0 ? undefined : bytes(total) }; // 0 is "not known"
    } catch (error) {
      // LXD 5.0's word for what others answer with nothing.
      if (isLxdError(error) && /not supported/i.test(error.message))
        return { used: undefined, total: undefined };
      throw error;
    }
  }

  /**
   * Puts its content back to a snapshot, named or as a model (PUT of the volume); config and description stay.
   * @throws InUseError or ServerError while an instance that uses it runs; NotFoundError for an unknown snapshot
   */
  async restore<W extends boolean = true>(
    snapshot: string | VolumeSnapshot,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    const restore = typeof snapshot === 'string' ? snapshot : snapshot.key;
    return restoreVolume(this.session, this.path, restore, options, () => this);
  }

  /**
   * Exports it to a file, which `volumes.import()` takes, with its snapshots unless `volumeOnly`: the server makes a backup,
   * which is downloaded (stages of the server, then `download`) and deleted in every case, so that an abort waits for the
   * server to be done with it. The file is there whole or not at all, in place of one of that name. Resolves with its path.
   * With the extension `direct_backup` nothing is stored on the server.
   * @throws InvalidInputError if the file cannot be written; OperationError; ConnectionError if it was cut
   */
  async exportTo(file: string, options: VolumeExportOptions = {}): Promise<string> {
    return this.backups.exportOwner(this.toString(), file, options);
  }
}

function bytes(value: unknown): number | undefined {
  return typeof value === 'number' ? value : undefined;
}

/** A new custom volume. */
export interface StorageVolumeInput {
  name: string;
  /** `filesystem` by default; `block` is for virtual machines. */
  contentType?: 'filesystem' | 'block' | undefined;
  description?: string | undefined;
  /** `size` and others; what is not given is as the pool's `volume.*` says. */
  config?: StorageVolumeConfig | undefined;
}

/** @internal */
export const storageVolumes = kind<StorageVolume, StorageVolumeInput>({
  name: 'storage volume',
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}',
  key: {
    defaults: { type: 'custom' },
    listed: (name) => (name.includes('/') ? undefined : name), // a snapshot, which some servers list among the volumes
  },
  model: StorageVolume,
  writes: {
    partial: false, // a PATCH blanks the description, and is refused for volumes of instances and images
    emptyIsUnset: ['config'],
    unversioned: ['description'], // not part of the hash that makes the ETag
    serverOwned: /^volatile\./,
    kept: /^volatile\./, // a PUT without them takes them away without a word
    checkedLoosely: true,
  },
  filter: 'both',
  allProjects: 'storage_volumes_all_projects',
  located: true,
  // Events name `default_web`, the project with it, or on newer servers `web`: which, cannot be told.
  events: {
    of: 'storage-volume',
    others: /^storage-volume-(created|deleted|renamed|restored|updated)$/,
    harmless: /^storage-volume-(backup|file|snapshot)-/,
    shared: true,
  },
});

named({ StorageVolume });
