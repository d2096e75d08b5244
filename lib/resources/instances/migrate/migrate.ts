import { AlreadyExistsError, NotFoundError } from '../../../errors/index.js';
import type { Operation, OperationData } from '../../../operations/index.js';
import { emptyMap, type CallOptions, type JsonMap, type ModelClass } from '../../../orm/index.js';
import { fillPath } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { Limit } from '../../transfer/limit.js';
import type { RestStore } from '../../kind/rest-store.js';
import { copyBody, copySource, mapOf } from '../copy/body.js';
import { readOriginal, type Original } from '../copy/copy.js';
import { alignCopy } from '../copy/refresh.js';
import type { Instance } from '../instance.js';
import { startCopy, startMade, takeAway } from '../start-made.js';
import { isRunning } from '../status.js';
import { clearUp } from '../../migrate/ends.js';
import type { Plan } from '../../migrate/sides.js';
import { transfer } from '../../migrate/transfer.js';
import type { CopyToOptions } from './options.js';

/** What is migrated, and whereto. */
export interface Migration<I extends Instance> {
  /** In the original's project. */
  from: Session;
  original: Original;
  /** In the project and to the cluster member that it goes to. */
  to: Session;
  /** The instances of the target, in that project. */
  store: RestStore;
  Class: ModelClass<I>;
  /** For messages. */
  method: string;
  /** Refuses an original, as the server describes it. */
  check?: (original: JsonMap, options: CallOptions) => Promise<void>;
  /** A move: what the server keeps of the instance for itself goes along. */
  whole?: boolean;
}

/** Brings an instance to another server. If it fails, nothing of it is left there. */
export async function migrate<I extends Instance>(
  migration: Migration<I>,
  options: CopyToOptions,
): Promise<I> {
  const limit = new Limit(`${migration.method}()`, options.signal, options.timeout);
  try {
    return await bring(migration, options, limit.signal);
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
  }
}

async function bring<I extends Instance>(
  migration: Migration<I>,
  options: CopyToOptions,
  cut: AbortSignal,
): Promise<I> {
  const { from, original, store, Class, method } = migration;
  const call = { signal: cut };
  const described = await readOriginal(from, original, call);
  await migration.check?.(described, call);
  if (original.snapshot !== undefined)
    described.type = (await readOriginal(from, { instance: original.instance }, call)).type;
  const name = options.name ?? original.instance;
  const existed = await isThere(store.session, name, call);
  if (existed && !options.refresh) {
    throw new AlreadyExistsError(
      `${method}(): ${store.session.connection.description} has an instance '${name}' already`,
    );
  }
  const plan = planOf(migration, described, name, options, cut);
  let target: Operation<OperationData> | undefined;
  try {
    await transfer(plan, options.mode ?? 'pull', (operation) => (target = operation));
    cut.throwIfAborted();
    const made = new Class(store, name, await store.read(name, call));
    if (existed) await alignCopy(made, plan.body, call);
    if (options.start) await (existed ? startMade : startCopy)(made, call);
    return made;
  } catch (error) {
    const reason = (cut.aborted ? cut.reason : error) as Error;
    const { createdAt } = target ?? {};
    const left = new Class(store, name);
    if (target && !existed) await clearUp(name, reason, async () => remove(left, createdAt));
    throw reason;
  }
}

function planOf<I extends Instance>(
  { from, original, to, whole = false }: Migration<I>,
  described: JsonMap,
  name: string,
  options: CopyToOptions,
  cut: AbortSignal,
): Plan {
  const { instance, snapshot } = original;
  const { onProgress, instanceOnly = false, allowInconsistent = false } = options;
  const live = options.live === true && isRunning(described.status);
  const body = copyBody(described, name, options, { whole: true });
  if (whole) body.config = Object.assign(emptyMap(), keptConfig(described), body.config);
  return {
    from,
    to,
    home: '/1.0/instances',
    path:
      snapshot === undefined
        ? fillPath('/1.0/instances/{name}', { name: instance })
        : fillPath('/1.0/instances/{name}/snapshots/{snapshotName}', {
            name: instance,
            snapshotName: snapshot,
          }),
    offer: {
      migration: true,
      live, // LXD takes an absent one for true
      // A snapshot's is for the copy; an instance's would have to be free on the source.
      ...(snapshot === undefined ? { instance_only: instanceOnly } : { name }),
      ...(allowInconsistent ? { allow_inconsistent: true } : {}),
    },
    body,
    source: { ...copySource(described, options), live },
    onProgress,
    cut,
  };
}

/** What goes along with a move: MAC addresses, ids. Not what was true only there and then. */
function keptConfig({ config }: JsonMap): JsonMap {
  const gone = ['volatile.last_state.power', 'volatile.evacuate.origin'];
  return Object.fromEntries(
    Object.entries(mapOf(config)).filter(([key]) => key.startsWith('volatile.') && !gone.includes(key)),
  );
}

async function isThere(session: Session, instance: string, options: CallOptions): Promise<boolean> {
  try {
    await readOriginal(session, { instance }, options);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** Removes what is left of a target that was begun at that time, and never what somebody made afterwards. */
async function remove(left: Instance, begun: Date | null | undefined): Promise<void> {
  await left.fetch();
  if (!begun || !left.createdAt || left.createdAt > begun) return;
  await takeAway(left);
}
