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
import { assertNewName, type CallOptions, type JsonMap } from '../../../orm/index.js';
import { assertNoBackups } from '../../backups/none.js';
import { assertName } from '../../kind/given.js';
import { serverFacts } from '../../kind/server-facts.js';
import { betweenMembers } from './copy.js';
import { readVolume, volumePath, type VolumeAt } from './original.js';

/** Where a volume is moved to, on one server or in one cluster. */
export interface VolumeMoveOptions extends OperationOptions {
  /** Another pool. */
  pool?: string | undefined;
  /** Another project. */
  project?: string | undefined;
  /** Its new name. */
  name?: string | undefined;
  /** Another cluster member (Incus). */
  target?: string | undefined;
}

const moveNames: OptionNames<VolumeMoveOptions & StartOptions> = {
  ...startNames,
  pool: true,
  project: true,
  name: true,
  target: true,
};

/** Moves a volume with its snapshots (POST /1.0/storage-pools/{poolName}/volumes/custom/{volumeName}). */
export async function moveVolume<T, W extends boolean>(
  from: VolumeAt,
  given: VolumeMoveOptions & StartOptions<W>,
  finish: (options: CallOptions) => Promise<T>,
): Promise<Ended<T, W>> {
  assertOptions(given, moveNames, 'move()');
  const { pool, project, name, target, ...options } = given;
  const { session } = from;
  const { signal, timeout } = options;
  if (name !== undefined) assertNewName(name, 'storage volume');
  for (const [key, value] of Object.entries({ pool, project, target })) assertName(value, `move.${key}`);
  if (pool === undefined && project === undefined && target === undefined)
    throw new InvalidInputError(
      'move() needs a pool, project or target to move to; rename() gives another name',
    );
  if (target !== undefined && (pool !== undefined || project !== undefined || name !== undefined))
    throw new InvalidInputError(
      'move() to a cluster member keeps name, pool and project: move it one after the other',
    );
  const path = volumePath(from);
  const described = await readVolume(from, { signal });
  if (project !== undefined) assertUnused(from.name, described, 'its users could not use it from there');
  await assertNoBackups(session, path, 'move', { signal });
  const body: JsonMap = { name: name ?? from.name, pool: pool ?? from.pool };
  if (project !== undefined) body.project = project;
  if (target !== undefined) Object.assign(body, await memberMove(from, described, target, { signal }));
  const request = { method: 'POST', path, body };
  return run(session.derive({ target }), request, options, async () => finish({ signal, timeout }));
}

/** @throws InvalidInputError for a volume that an instance or profile has as a device */
export function assertUnused(
  name: string,
  { used_by: users }: JsonMap,
  why: string,
  method = 'move()',
): void {
  const urls = (Array.isArray(users) ? users : []).filter((url) => typeof url === 'string');
  if (urls.length === 0) return;
  const named = urls.map((url) => url.replace(/^\/1\.0\//, '')).join(', ');
  throw new InvalidInputError(
    `${method}: '${name}' is used by ${named}, and ${why}: detach it first (detachFrom())`,
  );
}

async function memberMove(
  { session }: VolumeAt,
  { location }: JsonMap,
  target: string,
  call: CallOptions,
): Promise<JsonMap> {
  const { extensions } = await serverFacts(session, call);
  if (!extensions.has(betweenMembers)) {
    throw new UnsupportedError(
      `This server moves no volume to another cluster member (API extension ${betweenMembers})`,
      betweenMembers,
    );
  }
  if (location === target) throw new InvalidInputError(`move(): it is on the member '${target}' already`);
  return { migration: true, source: { location: location ?? '' } };
}
