import { named } from '../../errors/index.js';
import type { Ended, WaitOf, LikeOf, PlainOf } from '../../operations/index.js';
import type { CallOptions, ModelClass } from '../../orm/index.js';
import type { Backup, BackupForm } from '../instances/backup.js';
import { ResourceManager, type CreateOptions, type Named } from '../kind/manager.js';
import { Resource } from '../kind/resource.js';
import type { Place } from '../kind/rest-store.js';
import { exportToFile, type ExportOptionsOf, type Making } from './export.js';
import type { NewBackup } from './form.js';
import type { BackupKind } from './kind.js';
import type { StoredBackup } from './stored.js';

/** The backups of one thing: `instance.backups`, `volume.backups`, `bucket.backups`. */
export class BackupManager<
  B extends StoredBackup = Backup,
  F extends object = BackupForm,
> extends ResourceManager<B, NewBackup & F> {
  readonly #kind: BackupKind<StoredBackup, F>;
  readonly #place: () => Place;

  /** @internal */
  constructor(kind: BackupKind<StoredBackup, F>, place: () => Place, Class?: ModelClass<B>) {
    super(kind, place, Class);
    this.#kind = kind;
    this.#place = place;
  }

  /**
   * Makes a backup (POST …/backups), which stays on the server until it is deleted or expires, and resolves with its
   * fetched model. @throws ForbiddenError where the project allows none
   */
  override async create<W extends boolean = WaitOf<B>>(
    input?: (NewBackup & F) | Named<NewBackup & F>,
    options: CreateOptions<W> = {},
  ): Promise<Ended<B, W>> {
    return super.create(input ?? ({} as NewBackup & F), options);
  }

  override as<S extends PlainOf<B> & StoredBackup>(Class: ModelClass<S>): BackupManager<LikeOf<B, S>, F> {
    return new BackupManager(this.#kind, this.#place, Class as ModelClass as ModelClass<LikeOf<B, S>>);
  }

  /** @internal Exports what they are of, which is called `title`. */
  async exportOwner(title: string, file: string, options: ExportOptionsOf<F>): Promise<string> {
    const { store } = this;
    const { session, collection: path } = store;
    const { form } = this.#kind;
    const backups = this as unknown as Making<F>;
    const assertOffered = async (call: CallOptions) => store.assertOffered(call);
    return exportToFile<F>({ session, path, title, form, backups, assertOffered }, file, options);
  }
}

/** The backups of a thing, which follow it. */
export function backupsOf<O extends Resource, B extends StoredBackup, F extends object>(
  owner: O,
  kind: BackupKind<B, F>,
): BackupManager<LikeOf<O, B>, F> {
  return new BackupManager<LikeOf<O, B>, F>(kind, Resource.placeUnder(owner));
}

named({ BackupManager });
