import { named } from '../../../errors/index.js';
import type { OperationOptions } from '../../../operations/index.js';
import type { BackupCompression, NewBackup } from '../../backups/form.js';
import { backupKind } from '../../backups/kind.js';
import { StoredBackup } from '../../backups/stored.js';

/** A backup of a bucket, kept on the server (`…/buckets/{bucketName}/backups/{backupName}`; Incus). No server renames one. */
export class BucketBackup extends StoredBackup {
  /** The name of the bucket that it is of. */
  get bucket(): string {
    return this.nameIn('bucketName');
  }
}

/** How a backup of a bucket is made. */
export type BucketBackupForm = BackupCompression;

/** A new backup of a bucket. */
export interface BucketBackupInput extends NewBackup, BucketBackupForm {}

/** How a bucket is exported. `timeout` is for all of it, in ms; none by default. */
export interface BucketExportOptions extends BucketBackupForm, OperationOptions {}

/** @internal */
export const bucketBackups = backupKind<BucketBackup, BucketBackupForm>({
  name: 'bucket backup',
  path: '/1.0/storage-pools/{poolName}/buckets/{bucketName}/backups/{backupName}',
  model: BucketBackup,
  form: { compressionAlgorithm: 'string' },
  needs: { extension: 'storage_bucket_backup' },
  cannot: ['rename'], // Incus 7 fails at it, always
  events: {
    of: 'storage-bucket-backup',
    harmless: /^storage-bucket-backup-retrieved$/,
    others: /^storage-bucket-deleted$/,
    shared: true,
  },
});

named({ BucketBackup });
