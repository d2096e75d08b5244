import {
  assertOptions,
  InvalidInputError,
  isLxdError,
  UnsupportedError,
  type OptionNames,
} from '../../errors/index.js';
import { run, startNames, type Ended, type StartOptions } from '../../operations/index.js';
import { describe, type CallOptions } from '../../orm/index.js';
import type { ServerFacts } from '../../rest/connection.js';
import type { ApiExtension } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { productName, serverFacts } from '../kind/server-facts.js';

/** What becomes of the instances of a member that is evacuated. */
export type EvacuateMode =
  'auto' | 'stop' | 'migrate' | 'live-migrate' | 'stateful-stop' | 'force-stop' | (string & {});

/** What becomes of the instances of a member that is restored: `skip` leaves them where they are. */
export type RestoreMode = 'skip' | (string & {});

/** How a member is evacuated or restored. */
export interface MemberChangeOptions<
  M extends string = string,
  W extends boolean = boolean,
> extends StartOptions<W> {
  /** By default each instance's `cluster.evacuate` says; a restoration brings them back. */
  mode?: M | undefined;
  /** Being evacuated or restored already is success. */
  ifNeeded?: boolean | undefined;
}

const names: OptionNames<MemberChangeOptions<string>> = { ...startNames, mode: true, ifNeeded: true };

/** The member that is changed. */
interface Changeable {
  session: Session;
  path: string;
  /** Its status, read anew. */
  look: (call: CallOptions) => Promise<string>;
}

/** Evacuates or restores a member. */
export async function changeMember<T, W extends boolean>(
  { session, path, look }: Changeable,
  action: 'evacuate' | 'restore',
  options: MemberChangeOptions<string, W>,
  finish: () => Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(options, names, `${action}()`);
  const { mode, ifNeeded = false, ...waiting } = options;
  if (typeof (ifNeeded as unknown) !== 'boolean')
    throw new InvalidInputError(`${action}(): ifNeeded must be true or false`);
  const { signal } = waiting;
  assertMode(action, mode, mode === undefined ? undefined : await serverFacts(session, { signal }));
  const request = { method: 'POST', path: `${path}/state`, body: { action, mode: mode ?? '' } };
  const wanted = action === 'evacuate' ? 'Evacuated' : 'Online';
  // Not by a look beforehand, which somebody else may make a lie.
  return run(session, request, waiting, finish, async (error) => {
    const isDone = isLxdError(error) && /cluster member is already (evacuated|restored)/i.test(error.message);
    if (ifNeeded && isDone && (await look({ signal })) === wanted) return finish();
    throw error;
  });
}

/** Which modes there are, and what a server needs for them; the products differ. */
const modes: Record<string, Record<string, Partial<Record<'lxd' | 'incus', ApiExtension>>>> = {
  evacuate: {
    ...Object.fromEntries(
      ['auto', 'stop', 'migrate', 'live-migrate'].map((mode) => [
        mode,
        { lxd: 'clustering_evacuation_mode', incus: 'clustering_evacuation_mode' } as const,
      ]),
    ),
    'stateful-stop': { incus: 'clustering_evacuation_stop_options' },
    'force-stop': { incus: 'clustering_evacuation_stop_options' },
  },
  restore: { skip: { lxd: 'clustering_restore_skip_mode' } },
};

/** @throws InvalidInputError; UnsupportedError for what the server would ignore in silence */
function assertMode(
  action: 'evacuate' | 'restore',
  mode: unknown,
  facts: ServerFacts | undefined,
): asserts mode is string | undefined {
  if (facts === undefined) return;
  const known = modes[action] ?? {};
  const needs = typeof mode === 'string' && Object.hasOwn(known, mode) ? known[mode] : undefined;
  if (!needs) {
    const list = Object.keys(known).join(', ');
    throw new InvalidInputError(`${action}(): mode must be one of ${list}, not ${describe(mode)}`);
  }
  const { product = 'lxd', extensions } = facts;
  const extension = needs[product];
  if (extension !== undefined && extensions.has(extension)) return;
  const lack = extension === undefined ? '' : `; it lacks the API extension ${extension}`;
  throw new UnsupportedError(
    `${productName(product)} has no mode '${String(mode)}' to ${action} a cluster member${lack}`,
    extension,
  );
}
