import type { Readable } from 'node:stream';
import { assertOptions, named, type OptionNames } from '../../errors/index.js';
import { field, type CallOptions } from '../../orm/index.js';
import { callNames, type Progress } from '../../operations/index.js';
import { Resource } from '../kind/resource.js';
import { download, lengthOf } from '../transfer/download.js';
import { Limit } from '../transfer/limit.js';

/** How a backup is downloaded. `timeout` is for all of it, in ms; none by default. */
export interface BackupDownloadOptions extends CallOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
}

const downloadNames: OptionNames<BackupDownloadOptions> = { ...callNames, onProgress: true };

/** A backup that is kept on the server: what those of instances, volumes and buckets have in common. */
export abstract class StoredBackup extends Resource {
  /** Its own name, without that of what it is of. */
  @field({ key: true }) readonly name!: string;
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  /** When the server deletes it; null for never. */
  @field({ form: 'time' }) readonly expiresAt!: Date | null;

  /**
   * Its file, a tar archive, as a stream (GET …/backups/{backup}/export). Read or destroy it; what is cut ends with an
   * error. @throws NotFoundError
   */
  async export(options: CallOptions = {}): Promise<Readable> {
    assertOptions(options, callNames, 'export()');
    return (await this.open(options)).body;
  }

  /**
   * Downloads its file: whole and checked, or nothing is left. Replaces a file of that name, and resolves with its path.
   * @throws InvalidInputError if that cannot be written; NotFoundError; ConnectionError, ProtocolError if it was cut
   */
  async exportTo(file: string, options: BackupDownloadOptions = {}): Promise<string> {
    assertOptions(options, downloadNames, 'exportTo()');
    const { timeout, signal, onProgress } = options;
    const limit = new Limit(`The download of ${this.toString()} to ${file}`, signal, timeout);
    const within = { signal: limit.signal };
    try {
      return (await download(file, () => this.open(within), { ...within, onProgress })).path;
    } catch (error) {
      throw limit.errorOf(error);
    } finally {
      limit.clear();
    }
  }

  /** @internal Its file, and how long that is. */
  async open(options: CallOptions): Promise<{ body: Readable; length: number | undefined }> {
    const { body, headers } = await this.session.stream({
      method: 'GET',
      path: `${this.path}/export`,
      ...options,
    });
    return { body, length: lengthOf(headers) };
  }
}

named({ StoredBackup });
