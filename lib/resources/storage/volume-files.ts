import { named } from '../../errors/index.js';
import { FileAccess } from '../files/files.js';
import { homeOf } from '../files/home.js';
import type { Resource } from '../kind/resource.js';

/**
 * The files of a custom volume, attached or not (`…/volumes/{type}/{volumeName}/files`); a block volume or ISO image has one,
 * `/root.img`. Extension `file_storage_volume`, of newer Incus, and `custom_volume_sftp` for SFTP: elsewhere each method
 * rejects with an UnsupportedError before it asks for a file.
 */
export class VolumeFiles extends FileAccess {
  /** @internal Use `volume.files`. */
  constructor(volume: Resource) {
    super(homeOf(volume, 'storage volume', { files: 'file_storage_volume', sftp: 'custom_volume_sftp' }));
  }
}

named({ VolumeFiles });
