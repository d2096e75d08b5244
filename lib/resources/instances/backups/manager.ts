import { named } from '../../../errors/index.js';
import type { Ended } from '../../../operations/index.js';
import type { ModelClass } from '../../../orm/index.js';
import { kind } from '../../kind/kind.js';
import { ResourceManager, type CreateOptions } from '../../kind/manager.js';
import { afterSlash } from '../../kind/path.js';
import type { Place } from '../../kind/rest-store.js';
import { Backup } from './backup.js';
import { backupBody, type BackupInput } from './input.js';

const backups = kind<Backup, BackupInput>({
  name: 'backup',
  path: '/1.0/instances/{name}/backups/{backup}',
  key: { listed: afterSlash },
  model: Backup,
  writes: { partial: false }, // nothing of it can be written
  filter: 'none',
  events: {
    of: 'instance-backup',
    harmless: /^instance-backup-retrieved$/,
    others: /^instance-(renamed|deleted)$/,
  },
  chosen: { told: ['backups'], always: true },
  inputs: ['compressionAlgorithm'],
  body: (body, input) => ({ ...body, ...backupBody(input) }),
});

/** The backups of one instance: `instance.backups`. */
export class BackupManager<B extends Backup = Backup> extends ResourceManager<B, BackupInput> {
  readonly #place: () => Place;

  /** @internal */
  constructor(place: () => Place, Class = Backup as ModelClass as ModelClass<B>) {
    super(backups, place, Class);
    this.#place = place;
  }

  /**
   * Makes a backup (POST /1.0/instances/{name}/backups), which stays on the server until it is deleted or expires, and
   * resolves with its fetched model. @throws ForbiddenError where the project allows none
   */
  override async create<W extends boolean = true>(
    input: string | BackupInput = {},
    options: CreateOptions<W> = {},
  ): Promise<Ended<B, W>> {
    return super.create(input, options);
  }

  override as<S extends B>(Class: ModelClass<S>): BackupManager<S> {
    return new BackupManager<S>(this.#place, Class);
  }
}

named({ BackupManager });
