import { named } from '../../errors/index.js';
import { FileAccess } from '../files/files.js';
import { homeOf } from '../files/home.js';
import type { Resource } from '../kind/resource.js';

/** The files of an instance, running or not (`/1.0/instances/{name}/files`; SFTP with LXD 5.0 and Incus). */
export class InstanceFiles extends FileAccess {
  /** @internal Use `instance.files`. */
  constructor(instance: Resource) {
    super(homeOf(instance, 'instance'));
  }
}

named({ InstanceFiles });
