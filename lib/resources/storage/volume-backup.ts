import { named } from '../../errors/index.js';
import type { OperationOptions } from '../../operations/index.js';
import { field } from '../../orm/index.js';
import type { BackupCompression, NewBackup } from '../backups/form.js';
import { backupKind } from '../backups/kind.js';
import { StoredBackup } from '../backups/stored.js';

/** A backup of a custom volume, kept on the server (`…/volumes/{type}/{volumeName}/backups/{backupName}`). */
export class VolumeBackup extends StoredBackup {
  /** Whether it is without the volume's snapshots. */
  @field({ scalar: 'boolean' }) readonly volumeOnly!: boolean;
  /** Whether it is in the storage driver's own format, which only a pool of the same driver can take. */
  @field({ scalar: 'boolean' }) readonly optimizedStorage!: boolean;

  /** The name of the volume that it is of. */
  get volume(): string {
    return this.nameIn('volumeName');
  }
}

/** How a backup of a volume is made. */
export interface VolumeBackupForm extends BackupCompression {
  /** Leave the snapshots out. */
  volumeOnly?: boolean | undefined;
  /**
   * The storage driver's own format: quicker, but only a pool of the same driver can take it. With `compressionAlgorithm:
   * 'none'` on Btrfs: LXD 5.0.2 may never end the import of a compressed one that has snapshots.
   */
  optimizedStorage?: boolean | undefined;
}

/** A new backup of a volume. */
export interface VolumeBackupInput extends NewBackup, VolumeBackupForm {}

/** How a volume is exported. `timeout` is for all of it, in ms; none by default. */
export interface VolumeExportOptions extends VolumeBackupForm, OperationOptions {}

/** @internal */
export const volumeBackups = backupKind<VolumeBackup, VolumeBackupForm>({
  name: 'volume backup',
  path: '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/backups/{backupName}',
  model: VolumeBackup,
  form: { volumeOnly: 'boolean', optimizedStorage: 'boolean', compressionAlgorithm: 'string' },
  needs: { extension: 'custom_volume_backup' },
  events: {
    of: 'storage-volume-backup',
    harmless: /^storage-volume-backup-retrieved$/,
    others: /^storage-volume-(renamed|deleted)$/,
    shared: true,
  },
});

named({ VolumeBackup });
