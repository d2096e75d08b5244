import { isLxdError, named } from '../../errors/index.js';
import type { Ended, StartOptions, WaitOf, LikeOf } from '../../operations/index.js';
import { field, isMap, type CallOptions, type ModelClass } from '../../orm/index.js';
import { fillPath, type StorageVolumeConfig } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { backupsOf, type BackupManager } from '../backups/manager.js';
import type { Instance } from '../instances/instance.js';
import { kind, type KindRules } from '../kind/kind.js';
import { within, type ResourceManager } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import { RestStore } from '../kind/rest-store.js';
import type { OtherClient } from '../transfer/peer.js';
import { waitUntil } from '../watch/wait.js';
import { attachVolume, detachVolume, type AttachOptions, type DetachOptions } from './attach.js';
import { copyVolume, type VolumeCopyOptions } from './copy/copy.js';
import { moveVolume, type VolumeMoveOptions } from './copy/move.js';
import type { VolumeCopyToOptions, VolumeMoveToOptions } from './copy/options.js';
import { assertCustom, type VolumeAt } from './copy/original.js';
import type { VolumeCopySource } from './copy/source.js';
import { copyVolumeTo, moveVolumeTo, type Original } from './copy/to.js';
import { restoreVolume } from './restore.js';
import { volumeSnapshots, type VolumeSnapshot, type VolumeSnapshotInput } from './snapshot.js';
import {
  volumeBackups,
  type VolumeBackup,
  type VolumeBackupForm,
  type VolumeExportOptions,
} from './volume-backup.js';
import { VolumeFiles } from './volume-files.js';

/** The disk usage of a volume, in bytes; undefined where the storage driver does not report it. */
export interface StorageVolumeState {
  used: number | undefined;
  total: number | undefined;
}

/**
 * A volume of a storage pool (`/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}`). `rename()`, as `move()`, is
 * written into the devices of what uses it, for which Incus 6.0 takes 30 s, and refused while an instance that uses it runs.
 */
export class StorageVolume extends Resource {
  #snapshots: ResourceManager<LikeOf<this, VolumeSnapshot>, VolumeSnapshotInput> | undefined;
  #backups: BackupManager<LikeOf<this, VolumeBackup>, VolumeBackupForm> | undefined;
  #files: VolumeFiles | undefined;

  @field() readonly name!: string;
  /** `custom`, or what it belongs to: `container`, `virtual-machine`, `image`. */
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
    return this.nameIn('poolName');
  }

  /** Its snapshots, by their short names. */
  get snapshots(): ResourceManager<LikeOf<this, VolumeSnapshot>, VolumeSnapshotInput> {
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
  get backups(): BackupManager<LikeOf<this, VolumeBackup>, VolumeBackupForm> {
    return (this.#backups ??= backupsOf(this, volumeBackups));
  }

  /** Its disk usage (GET …/state); undefined for a driver that does not report it, such as `dir`. */
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
   * @throws InUseError or ServerError while an instance that uses it runs; NotFoundError for an unknown snapshot;
   * InvalidInputError for a model of another volume's
   */
  async restore<W extends boolean = WaitOf<this>>(
    snapshot: string | VolumeSnapshot,
    options: StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    const name = await this.nameOfSnapshot(snapshot);
    return restoreVolume(this.session, this.path, name, options, () => this);
  }

  /**
   * Exports it to a file, which `volumes.import()` takes, with its snapshots unless `volumeOnly`: the server makes a
   * backup, which is downloaded (stages of the server, then `download`) and deleted in every case, so that an abort waits
   * for the server to be done with it. The file is there whole or not at all, in place of one of that name. Resolves with
   * its path. With the extension `direct_backup` nothing is stored on the server. Always waited for.
   * @throws InvalidInputError if the file cannot be written; OperationError; ConnectionError if it was cut
   */
  async exportTo(file: string, options: VolumeExportOptions = {}): Promise<string> {
    return this.backups.exportOwner(this.toString(), file, options);
  }

  /**
   * Copies it on its server (POST …/volumes/custom), with its snapshots unless `volumeOnly`; with `snapshot`, copies that.
   * Resolves with the copy's fetched model. The servers take back what they have of a copy that fails. For another server
   * there is `copyTo()`. @throws InvalidInputError; UnsupportedError for a volume of an instance or image; NotFoundError;
   * AlreadyExistsError for a name in use; OperationError
   */
  async copy<W extends boolean = WaitOf<this>>(
    newName: string,
    options: VolumeCopyOptions & StartOptions<W> = {},
  ): Promise<Ended<this, W>> {
    return copyVolume(this.#at('copy()'), newName, options, StorageVolume, (...made) => this.#read(...made));
  }

  /**
   * Moves it with its snapshots to another pool, project or cluster member (POST of the volume). The model follows, and so
   * do the devices of stopped instances that use it: the server rewrites their `pool` and `source`, and their models have to
   * be fetched again (Incus 6.0 takes 30 s for it). To another project goes only what nobody uses. To another cluster member
   * it is over when that has it. @throws InvalidInputError if it has backups, which the server would delete, or is used and
   * goes to another project; InUseError while an instance that uses it runs; AlreadyExistsError; UnsupportedError
   */
  async move<W extends boolean = WaitOf<this>>(
    options: VolumeMoveOptions & StartOptions<W>,
  ): Promise<Ended<this, W>> {
    const at = this.#at('move()');
    return moveVolume(at, options, async (call) => {
      const { pool = at.pool, name = at.name, project, target } = options;
      this.#snapshots = this.#backups = undefined; // those of the place that it was in
      const { store, key } = this.#placed(at.session.derive({ target: undefined }), pool, name);
      this.moved(project === undefined ? store : store.at({ project }), key);
      return target === undefined ? this.fetch(call) : this.#arrived(target, call);
    });
  }

  /**
   * Copies it to another server with its snapshots, config and description, and resolves with the copy, which has been
   * compared (POST of the volume here, and of …/volumes/custom there; between LXD and Incus, which send each other no
   * volumes, a backup is carried over). If that fails, or is aborted, nothing of the copy is left; no server ends the
   * transfer of a volume before its time, so that an abort is answered when that is over, but in mode `relay`. Always
   * waited for.
   * @throws InvalidInputError; AlreadyExistsError for a name in use; ConnectionError where one server cannot reach the
   * other; OperationError with the target's reason
   */
  async copyTo(client: OtherClient, options: VolumeCopyToOptions): Promise<this> {
    return copyVolumeTo(this.#here('copyTo()'), client, options, StorageVolume, (...made) =>
      this.#read(...made),
    );
  }

  /**
   * Moves it to another server: copies it with all that it has, and deletes it here when the copy stands and is what it
   * should be, and it has not been changed meanwhile. If that fails, it is left as it was. Always waited for.
   * @throws as `copyTo()` does; InvalidInputError while an instance or profile uses it, or it has backups, which would be
   * lost
   */
  async moveTo(client: OtherClient, options: VolumeMoveToOptions): Promise<this> {
    const here = this.#here('moveTo()');
    return moveVolumeTo(
      here,
      client,
      options,
      StorageVolume,
      (...made) => this.#read(...made),
      () => this.delete({ wait: true }),
    );
  }

  /**
   * Attaches it to an instance, named or as a model, as a disk device (PATCH /1.0/instances/{name}); at once if that
   * runs. Resolves with the instance, fetched. Always waited for.
   * @throws InvalidInputError without a `path` for a file system, with one for a block volume, and for an instance of
   * another server or of a project that has other volumes; AlreadyExistsError for a device name in use;
   * SaveConflictError; OperationError
   */
  attachTo<I extends Instance>(instance: I, options?: AttachOptions): Promise<I>;
  attachTo(instance: Instance | string, options?: AttachOptions): Promise<LikeOf<this, Instance>>;
  async attachTo(instance: Instance | string, options: AttachOptions = {}): Promise<Instance> {
    return attachVolume(this.#at('attachTo()'), instance, options);
  }

  /**
   * Removes its device from an instance (PUT /1.0/instances/{name}); at once if that runs. Resolves with the instance,
   * fetched. Always waited for.
   * @throws NotFoundError if it has none of it; InvalidInputError if it has several and `device` does not say which
   */
  detachFrom<I extends Instance>(instance: I, options?: DetachOptions): Promise<I>;
  detachFrom(instance: Instance | string, options?: DetachOptions): Promise<LikeOf<this, Instance>>;
  async detachFrom(instance: Instance | string, options: DetachOptions = {}): Promise<Instance> {
    return detachVolume(this.#at('detachFrom()'), instance, options);
  }

  /** A model of all volumes keeps pool and type in its key. */
  protected override renamed(newKey: string): this {
    const name = newKey.slice(newKey.lastIndexOf('/') + 1);
    const isKey = name !== newKey; // no name has a slash
    return super.renamed(isKey ? newKey : this.key.slice(0, this.key.lastIndexOf('/') + 1) + name, name);
  }

  /** Where it is. @throws UnsupportedError unless it is a custom volume */
  #at(method: string): VolumeAt {
    this.assertUsable();
    assertCustom(this.nameIn('type'), this.toString(), method);
    return { session: this.session, pool: this.pool, name: this.nameIn('volumeName') };
  }

  #here(method: string): Original {
    const { backups } = this;
    return { ...this.#at(method), backups };
  }

  /** Copies are of the class that it is of, with keys of the manager that it came from. */
  async #read({ session, pool, name }: VolumeAt, call: CallOptions): Promise<this> {
    const { store, key } = this.#placed(session, pool, name);
    const Class = this.constructor as ModelClass<this>;
    return new Class(store, key, await store.read(key, call));
  }

  #placed(session: Session, pool: string, name: string): { store: RestStore; key: string } {
    const { parentClass } = this.store;
    if (this.store.valuesOf(this.key).has('poolName'))
      return {
        store: new RestStore(allVolumes, () => ({ session, parentClass })),
        key: `${pool}/custom/${name}`,
      };
    const parent = fillPath('/1.0/storage-pools/{poolName}', { poolName: pool });
    return { store: new RestStore(storageVolumes, () => ({ session, parent, parentClass })), key: name };
  }

  /** Incus ends the operation before the move is over: for a moment both members have it, or the old one alone. */
  async #arrived(member: string, { signal, timeout }: CallOptions): Promise<this> {
    await waitUntil(
      {
        method: 'move()',
        title: () => this.toString(),
        wanted: `on the member '${member}'`,
        told: false,
        store: this.store,
        key: () => this.key,
        look: async (call) => {
          const one = await this.fetch(call).catch((error: unknown) => {
            if (isLxdError(error) && /more than one cluster member|not found/i.test(error.message))
              return undefined;
            throw error;
          });
          return one?.location;
        },
        ready: (location) => location === member,
      },
      { signal, timeout },
    );
    this.moved(this.store.at({ target: member }), this.key);
    return this;
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
  /** What it is a copy of. */
  source?: VolumeCopySource | undefined;
}

/** @internal */
export const volumeTypes = ['custom', 'container', 'virtual-machine', 'image'] as const;

const rules: KindRules<StorageVolume, StorageVolumeInput> = {
  name: 'storage volume',
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}',
  key: {
    defaults: { type: 'custom' },
    choices: { type: volumeTypes },
    listed: (name) => (name.includes('/') ? undefined : name), // a snapshot, which some servers list among the volumes
  },
  model: StorageVolume,
  inputs: ['source'],
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
};

/** @internal The volumes of one pool. */
export const storageVolumes = kind<StorageVolume, StorageVolumeInput>(rules);

/** @internal Those of all pools, by `'pool/type/name'`. */
export const allVolumes = kind<StorageVolume, StorageVolumeInput>({
  ...rules,
  key: {
    choices: { type: volumeTypes },
    listed: rules.key?.listed,
    told: { poolName: 'pool', type: 'type' },
  },
});

named({ StorageVolume });
