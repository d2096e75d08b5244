import { named } from '../../errors/index.js';
import type { OperationOptions } from '../../operations/index.js';
import { field } from '../../orm/index.js';
import type { BackupCompression, NewBackup } from '../backups/form.js';
import { backupKind } from '../backups/kind.js';
import { StoredBackup } from '../backups/stored.js';

/** A backup of an instance, kept on the server (`/1.0/instances/{name}/backups/{backup}`). */
export class Backup extends StoredBackup {
  /** Whether it is without the instance's snapshots. */
  @field({ scalar: 'boolean' }) readonly instanceOnly!: boolean;
  /** Whether it is in the storage driver's own format, which only a pool of the same driver can take. */
  @field({ scalar: 'boolean' }) readonly optimizedStorage!: boolean;

  /** The name of the instance that it is of. */
  get instance(): string {
    return this.nameIn('name');
  }
}

/** How a backup is made. */
export interface BackupForm extends BackupCompression {
  /** Leave the snapshots out. */
  instanceOnly?: boolean | undefined;
  /**
   * The storage driver's own format: quicker, but only a pool of the same driver can take it. With `compressionAlgorithm:
   * 'none'` on Btrfs: LXD 5.0.2 may never end the import of a compressed one that has snapshots.
   */
  optimizedStorage?: boolean | undefined;
}

/** A new backup. */
export interface BackupInput extends NewBackup, BackupForm {}

/** How an instance is exported. `timeout` is for all of it, in ms; none by default. */
export interface ExportOptions extends BackupForm, OperationOptions {}

/** @internal */
export const instanceBackups = backupKind<Backup, BackupForm>({
  name: 'backup',
  path: '/1.0/instances/{name}/backups/{backup}',
  model: Backup,
  form: { instanceOnly: 'boolean', optimizedStorage: 'boolean', compressionAlgorithm: 'string' },
  events: {
    of: 'instance-backup',
    harmless: /^instance-backup-retrieved$/,
    others: /^instance-(renamed|deleted)$/,
  },
});

named({ Backup });
