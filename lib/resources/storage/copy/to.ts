import { AlreadyExistsError, NotFoundError, OperationError } from '../../../errors/index.js';
import { start } from '../../../operations/index.js';
import type { CallOptions, JsonMap } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import type { Making } from '../../backups/export.js';
import { assertNoBackups } from '../../backups/none.js';
import { serverFacts } from '../../kind/server-facts.js';
import { clearUp, deleteMoved, otherSession } from '../../migrate/ends.js';
import type { Plan } from '../../migrate/sides.js';
import { transfer } from '../../migrate/transfer.js';
import { Limit } from '../../transfer/limit.js';
import type { OtherClient } from '../../transfer/peer.js';
import type { VolumeBackupForm } from '../volume-backup.js';
import { carry } from './carry.js';
import { assertAlike, couldBe, differences, readWhole, type Whole } from './compare.js';
import type { ReadVolume } from './copy.js';
import { assertUnused } from './move.js';
import { assertVolumeMigration, type VolumeCopyToOptions, type VolumeMoveToOptions } from './options.js';
import { copyBody, readVolume, volumePath, volumesPath, type VolumeAt } from './original.js';
import { alignSnapshots } from './snapshots.js';

/** A volume with its backups. */
export interface Original extends VolumeAt {
  backups: Making<VolumeBackupForm>;
}

/** A volume that is brought from one server to another. */
interface Bringing {
  from: Original;
  to: VolumeAt;
  method: 'copyTo' | 'moveTo';
}

/** Copies a volume to another server. If that fails, nothing of it is left there. */
export async function copyVolumeTo<V>(
  from: Original,
  client: OtherClient,
  options: VolumeCopyToOptions,
  Class: { prototype: object },
  read: ReadVolume<V>,
): Promise<V> {
  const bringing = bringingOf(from, client, options, Class, 'copyTo');
  return limited(bringing, options, async (cut) => {
    await bring(bringing, options, await readWhole(bringing.from, { signal: cut }), cut);
    return read(bringing.to, { signal: cut });
  });
}

/** Copies a volume with all that it has to another server, compares the two, and deletes it here. */
export async function moveVolumeTo<V extends { key: string }>(
  from: Original,
  client: OtherClient,
  options: VolumeMoveToOptions,
  Class: { prototype: object },
  read: ReadVolume<V>,
  deleteHere: () => Promise<unknown>,
): Promise<V> {
  const bringing = bringingOf(from, client, options, Class, 'moveTo');
  const moved = await limited(bringing, options, async (cut) => {
    const call = { signal: cut };
    const whole = await readWhole(bringing.from, call);
    assertUnused(from.name, whole.volume, 'the server deletes no volume that is used', 'moveTo()');
    await assertNoBackups(bringing.from.session, volumePath(from), 'moveTo', call);
    await bring(bringing, options, whole, cut, async () =>
      assertSame(from.name, whole, await readWhole(bringing.from, call)),
    );
    return read(bringing.to, { signal: cut });
  });
  const on = bringing.to.session.connection.description;
  await deleteMoved(from.name, { key: moved.key, on }, deleteHere);
  return moved;
}

function bringingOf(
  from: Original,
  client: OtherClient,
  options: VolumeCopyToOptions,
  Class: { prototype: object },
  method: 'copyTo' | 'moveTo',
): Bringing {
  assertVolumeMigration(options, Class, method);
  const other = otherSession(from.session, client, method);
  const { pool, name = from.name, project, target } = options;
  const session = other.derive({
    ...(project === undefined ? {} : { project }),
    ...(target === undefined ? {} : { target }),
  });
  // With a target the source would move it there.
  return {
    from: { ...from, session: from.session.derive({ target: undefined }) },
    to: { session, pool, name },
    method,
  };
}

async function limited<T>(
  { method }: Bringing,
  { signal, timeout }: VolumeCopyToOptions,
  work: (cut: AbortSignal) => Promise<T>,
): Promise<T> {
  const limit = new Limit(`${method}()`, signal, timeout);
  try {
    return await work(limit.signal);
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
  }
}

/** `check` is the last word, when the copy is there and is what it should be. */
async function bring(
  { from, to, method }: Bringing,
  options: VolumeCopyToOptions,
  whole: Whole,
  cut: AbortSignal,
  check?: () => Promise<void>,
): Promise<void> {
  const call = { signal: cut };
  await assertFree(to, method, call);
  const { backups } = from;
  const { mode = 'pull', volumeOnly = false, config, description, onProgress } = options;
  const body = copyBody(whole.volume, to.name, { config, description });
  const wanted: Whole = {
    volume: body,
    snapshots: volumeOnly ? new Map<string, JsonMap>() : whole.snapshots,
  };
  const plan: Plan = {
    from: from.session,
    to: to.session,
    path: volumePath(from),
    offer: { migration: true, name: from.name, pool: from.pool, volume_only: volumeOnly },
    home: volumesPath(to.pool),
    body,
    source: { name: from.name, pool: from.pool, volume_only: volumeOnly },
    onProgress,
    cut,
  };
  let state: 'nothing' | 'begun' | 'there' = 'nothing';
  try {
    const begun = () => {
      state = 'begun';
    };
    if (await areAlike(from.session, to.session, call)) await transfer(plan, mode, begun);
    else
      await carry(
        { session: from.session, backups, volumeOnly },
        to,
        body,
        { signal: cut, onProgress },
        begun,
      );
    state = 'there';
    cut.throwIfAborted();
    await alignSnapshots(wanted, to, call);
    assertAlike(wanted, await readWhole(to, call), `${method}(): the copy '${to.name}'`);
    await check?.();
  } catch (error) {
    const reason = (cut.aborted ? cut.reason : error) as Error;
    const isOurs = (volume: JsonMap) => state === 'there' || couldBe(body, volume);
    if (state !== 'nothing' && !(reason instanceof AlreadyExistsError))
      await clearUp(to.name, reason, async () => takeAway(to, isOurs));
    throw reason;
  }
}

/** Removes what is left, and never what somebody made afterwards. */
async function takeAway(to: VolumeAt, isOurs: (volume: JsonMap) => boolean): Promise<void> {
  if (!isOurs(await readVolume(to, {}))) return;
  const request = { method: 'DELETE', path: volumePath(to) };
  await (await start(to.session, request, () => undefined, { waited: true })).wait();
}

/** The original must not have changed while it was copied, or what was written meanwhile would go with it. */
function assertSame(name: string, before: Whole, now: Whole): void {
  const differ = differences(now, before);
  if (differ.length === 0) return;
  throw new OperationError(
    `moveTo(): '${name}' was changed while it was copied (${differ.join(', ')}), so that it stays where it is and the copy was removed`,
  );
}

async function assertFree(to: VolumeAt, method: string, call: CallOptions): Promise<void> {
  try {
    await readVolume(to, call);
  } catch (error) {
    if (error instanceof NotFoundError && !/pool not found|project not found/i.test(error.message)) return;
    throw error;
  }
  throw new AlreadyExistsError(
    `${method}(): ${to.session.connection.description} has a volume '${to.name}' in the pool '${to.pool}' already`,
  );
}

/** LXD and Incus send no volumes to each other: Incus 6.0 dies of one that comes from LXD. */
async function areAlike(from: Session, to: Session, call: CallOptions): Promise<boolean> {
  const [here, there] = await Promise.all([serverFacts(from, call), serverFacts(to, call)]);
  return here.product === there.product;
}
