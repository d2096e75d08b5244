import { named } from '../../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../../operations/index.js';
import { assertNewName, writeTime, type JsonMap, type ModelClass } from '../../../orm/index.js';
import { fillPath } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { Collection } from '../../kind/collection.js';
import { createdKey } from '../../kind/created.js';
import { RestStore, type StoreSpec } from '../../kind/rest-store.js';
import { Backup } from './backup.js';
import { backupBody, type BackupInput } from './input.js';

const collection = '/1.0/instances/{name}/backups';

/** Where the backups of one instance are; `instance` gives its name, which may change. */
function specOf(instance: () => string): StoreSpec {
  return {
    kind: 'backup',
    collection: () => fillPath(collection, { name: instance() }),
    path: (key) => fillPath(`${collection}/{backup}`, { name: instance(), backup: key }),
    rules: () => ({ partial: false }), // nothing of it can be written
    filter: 'none',
    renameBody: (name) => ({ name }),
    events: {
      of: 'instance-backup',
      harmless: /^instance-backup-retrieved$/,
      others: /^instance-(renamed|deleted)$/,
    },
  };
}

/** The backups of one instance: `instance.backups`. */
export class BackupManager extends Collection<Backup> {
  readonly #instance: () => string;

  /** @internal */
  constructor(session: Session, instance: () => string, Class: ModelClass<Backup> = Backup) {
    super(new RestStore(session, specOf(instance)), Class);
    this.#instance = instance;
  }

  /**
   * Makes a backup (POST /1.0/instances/{name}/backups), which stays on the server until it is deleted or expires, and
   * resolves with its fetched model. @throws ForbiddenError where the project allows none
   */
  create(input?: string | BackupInput, options?: OperationOptions & { wait?: true }): Promise<Backup>;
  create(
    input: string | BackupInput | undefined,
    options: OperationOptions & { wait: false },
  ): Promise<Operation<Backup>>;
  async create(
    input: string | BackupInput = {},
    options: StartOptions = {},
  ): Promise<Backup | Operation<Backup>> {
    const { name, expiresAt, ...how } = typeof input === 'string' ? { name: input } : input;
    const body = backupBody(how);
    if (name !== undefined) {
      assertNewName(name, 'backup');
      body.name = name;
    }
    if (expiresAt) body.expires_at = writeTime(expiresAt);
    const request = { method: 'POST', path: this.store.spec.collection(), body };
    return run(this.session, request, options, (data) => this.get(name ?? createdKey(data, 'backups') ?? ''));
  }

  override as<S extends Backup>(Class: ModelClass<S>): Collection<S> {
    return new BackupManager(this.session, this.#instance, Class) as unknown as Collection<S>;
  }

  protected override keyOf(data: JsonMap): string | undefined {
    return typeof data.name === 'string' ? data.name.slice(data.name.lastIndexOf('/') + 1) : undefined;
  }
}

named({ BackupManager });
