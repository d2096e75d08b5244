import {
  assertOptions,
  InvalidInputError,
  UnsupportedError,
  type OptionNames,
} from '../../../errors/index.js';
import {
  run,
  startNames,
  type Ended,
  type OperationOptions,
  type StartOptions,
} from '../../../operations/index.js';
import { assertNoBackups } from '../../backups/none.js';
import { assertNewName, type JsonMap } from '../../../orm/index.js';
import type { ServerFacts } from '../../../rest/connection.js';
import type { Session } from '../../../rest/session.js';
import { serverFacts } from '../../kind/server-facts.js';
import { assertName } from '../../kind/given.js';
import { assertOverrides, type CopyOverrides } from './body.js';

/** Where an instance is moved to, on one server or in one cluster. */
export interface MoveOptions
  extends OperationOptions, Pick<CopyOverrides, 'pool' | 'config' | 'devices' | 'profiles'> {
  /** Its new name. */
  name?: string | undefined;
  project?: string | undefined;
  /** The cluster member, or `@group`. */
  target?: string | undefined;
  /** Move it while it runs, with its memory: a virtual machine, or a container with CRIU. */
  live?: boolean | undefined;
  /** Leave its snapshots behind, which deletes them. */
  instanceOnly?: boolean | undefined;
  /** Do not mind files that change while they are copied. */
  allowInconsistent?: boolean | undefined;
}

const optionNames: OptionNames<MoveOptions & StartOptions> = {
  ...startNames,
  pool: true,
  config: true,
  devices: true,
  profiles: true,
  name: true,
  project: true,
  target: true,
  live: true,
  instanceOnly: true,
  allowInconsistent: true,
};

/** Lets a server do what `POST /1.0/instances/{name}` can in one step. */
const severalAtOnce = 'instance_move_config';

/** Moves an instance to another pool, project or cluster member (POST /1.0/instances/{name}). */
export async function moveInstance<T, W extends boolean>(
  session: Session,
  path: string,
  given: MoveOptions & StartOptions<W>,
  Class: { prototype: object },
  finish: () => T | Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(given, optionNames, 'move()');
  const { name, project, target, ...options } = given;
  const { pool, config, devices, profiles, live = false, instanceOnly = false, allowInconsistent } = options;
  if (name !== undefined) assertNewName(name, 'instance');
  assertOverrides(options, Class, 'move');
  assertName(project, 'move.project');
  assertName(target, 'move.target');
  if (pool === undefined && project === undefined && target === undefined) {
    throw new InvalidInputError(
      'move() needs a pool, project or target to move to; rename() gives another name',
    );
  }
  const { signal } = options;
  assertPossible(await serverFacts(session, { signal }), {
    pool,
    project,
    target,
    config,
    devices,
    profiles,
  });
  if (pool !== undefined || project !== undefined) await assertNoBackups(session, path, 'move', { signal });
  const body: JsonMap = {
    migration: true,
    live, // LXD takes an absent one for true
    ...(name === undefined ? {} : { name }),
    ...(pool === undefined ? {} : { pool }),
    ...(project === undefined ? {} : { project }),
    ...(instanceOnly ? { instance_only: true } : {}),
    ...(allowInconsistent ? { allow_inconsistent: true } : {}),
    // The API's own spelling of these three.
    ...(config ? { Config: config } : {}),
    ...(devices ? { Devices: devices } : {}),
    ...(profiles ? { Profiles: profiles } : {}),
  };
  // Always its own: that of a client from useTarget() would move it there, too.
  return run(session.derive({ target }), { method: 'POST', path, body }, options, finish);
}

/** Servers without the extension take the first of these that they know, and ignore the others in silence. */
function assertPossible(
  { extensions, product }: ServerFacts,
  asked: Pick<MoveOptions, 'pool' | 'project' | 'target' | 'config' | 'devices' | 'profiles'>,
): void {
  if (extensions.has(severalAtOnce)) return;
  const server = product === 'lxd' ? 'This LXD' : 'This Incus';
  const { config, devices, profiles, ...places } = asked;
  if (config ?? devices ?? profiles) {
    throw new UnsupportedError(
      `${server} cannot change config, devices or profiles with a move (API extension ${severalAtOnce}); change them before or after`,
      severalAtOnce,
    );
  }
  const given = Object.entries(places).flatMap(([place, value]) => (value === undefined ? [] : [place]));
  if (given.length > 1) {
    throw new UnsupportedError(
      `${server} moves to another ${given.join(' or ')}, but not at once (API extension ${severalAtOnce}); move it one after the other`,
      severalAtOnce,
    );
  }
}
