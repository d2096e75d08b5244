import { InvalidInputError, ProtocolError } from '../../../errors/index.js';
import type { CallOptions, JsonMap, ModelClass } from '../../../orm/index.js';
import { fillPath } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { deleteMoved, otherSession } from '../../migrate/ends.js';
import type { OtherClient } from '../../transfer/peer.js';
import { isTrue } from '../config.js';
import { mapOf } from '../copy/body.js';
import { assertNoBackups } from '../../backups/none.js';
import type { Instance } from '../instance.js';
import { instanceStore } from '../store.js';
import { migrate, type Migration } from './migrate.js';
import { assertMigration, type CopyToOptions, type MoveToOptions } from './options.js';

/** An instance where it is. */
export interface Here<I extends Instance> {
  /** In its project. */
  session: Session;
  name: string;
  Class: ModelClass<I>;
}

/** Copies an instance, or a snapshot of it, to another server. */
export async function copyTo<I extends Instance>(
  here: Here<I>,
  client: OtherClient,
  options: CopyToOptions,
): Promise<I> {
  return migrate(migrationOf(here, client, 'copyTo', options), options);
}

/** Copies an instance with all that it has to another server, and deletes it here when it is there. */
export async function moveTo<I extends Instance>(
  here: Here<I>,
  client: OtherClient,
  options: MoveToOptions,
  deleteHere: () => Promise<unknown>,
): Promise<I> {
  const { name, session } = here;
  const migration = migrationOf(here, client, 'moveTo', options);
  const check = async (original: JsonMap, call: CallOptions) => {
    assertMovable(original, options);
    await assertNoBackups(session, fillPath('/1.0/instances/{name}', { name }), 'moveTo', call);
  };
  const moved = await migrate({ ...migration, check, whole: true }, options);
  const on = migration.store.session.connection.description;
  await deleteMoved(name, { key: moved.key, on }, deleteHere);
  return moved;
}

function migrationOf<I extends Instance>(
  { session, name, Class }: Here<I>,
  client: OtherClient,
  method: 'copyTo' | 'moveTo',
  options: CopyToOptions,
): Migration<I> {
  assertMigration(options, Class, method);
  const other = otherSession(session, client, method);
  const { project, target, snapshot } = options;
  const scope = project === undefined ? {} : { project };
  return {
    from: session.derive({ target: undefined }), // with one the source would move it there
    original: { instance: name, snapshot },
    to: other.derive({ ...scope, ...(target === undefined ? {} : { target }) }),
    store: instanceStore(other.derive(scope)),
    Class,
    method,
  };
}

/** Refuses what would fail at the end, when all is copied. */
function assertMovable({ name, status, expanded_config }: JsonMap, { live = false }: MoveToOptions): void {
  const what = `moveTo(): '${name as string}'`;
  if (status !== 'Stopped' && !live) {
    if (typeof status !== 'string')
      throw new ProtocolError(`moveTo(): the server's description of the instance does not tell its status`);
    const is = status.toLowerCase();
    throw new InvalidInputError(`${what} is ${is}: stop it first, or ask for live: true`);
  }
  const protection = mapOf(expanded_config)['security.protection.delete'];
  if (isTrue(protection)) {
    throw new InvalidInputError(
      `${what} is protected from being deleted (security.protection.delete), and so from being moved`,
    );
  }
}
