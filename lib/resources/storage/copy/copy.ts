import {
  assertOptions,
  InvalidInputError,
  OperationError,
  UnsupportedError,
  type OptionNames,
} from '../../../errors/index.js';
import {
  run,
  seeThrough,
  startNames,
  type Ended,
  type OperationOptions,
  type StartOptions,
} from '../../../operations/index.js';
import { assertKey, assertNewName, type CallOptions, type JsonMap } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { assertFields, assertName } from '../../kind/given.js';
import { serverFacts } from '../../kind/server-facts.js';
import { clearUp } from '../../migrate/ends.js';
import { lostConfig } from './compare.js';
import {
  copyBody,
  readVolume,
  volumesPath,
  type VolumeAt,
  type VolumeOriginal,
  type VolumeOverrides,
} from './original.js';

/** How a volume is copied on its server. */
export interface VolumeCopyOptions extends VolumeOverrides, OperationOptions {
  /** The pool that the copy is put into; the original's by default. */
  pool?: string | undefined;
  /** The project that the copy is put into; the original's by default. */
  project?: string | undefined;
  /** The cluster member that the copy is put on. */
  target?: string | undefined;
  /** Leave its snapshots out. */
  volumeOnly?: boolean | undefined;
  /** Copy this snapshot as a volume, in place of the volume as it is now. */
  snapshot?: string | undefined;
}

/** For `assertOptions()`. */
export const volumeCopyNames: OptionNames<VolumeCopyOptions & StartOptions> = {
  ...startNames,
  pool: true,
  project: true,
  target: true,
  volumeOnly: true,
  snapshot: true,
  config: true,
  description: true,
};

/** Lets a member of a cluster make a copy of what another has. */
export const betweenMembers = 'cluster_internal_custom_volume_copy';

/** Makes a fetched model of a volume. */
export type ReadVolume<V> = (at: VolumeAt, options: CallOptions) => Promise<V>;

/** A volume that was made: it can be finished, and taken away again. */
export interface MadeVolume {
  description: string;
  toJSON(): Record<string, unknown>;
  save(options: CallOptions): Promise<unknown>;
  delete(options: { wait: true }): Promise<unknown>;
}

/** Copies a volume or a snapshot of it on its server, as `volume.copy()` says it. */
export async function copyVolume<V extends MadeVolume, W extends boolean>(
  original: VolumeAt,
  name: string,
  given: VolumeCopyOptions & StartOptions<W>,
  Class: { prototype: object },
  read: ReadVolume<V>,
): Promise<Ended<V, W>> {
  assertNewName(name, 'storage volume');
  assertOptions(given, volumeCopyNames, 'copy()');
  const { pool = original.pool, project, target, snapshot, ...how } = given;
  assertFields(how, Class, 'copy');
  for (const [key, value] of Object.entries({ pool, project, target })) assertName(value, `copy.${key}`);
  if (snapshot !== undefined) assertKey(snapshot, 'volume snapshot');
  const session = original.session.derive({
    ...(project === undefined ? {} : { project }),
    ...(target === undefined ? {} : { target }),
  });
  return makeCopy({ ...original, snapshot }, { session, pool, name }, how, read);
}

/** Copies a volume or a snapshot of it (POST /1.0/storage-pools/{poolName}/volumes/custom). */
export async function makeCopy<V extends MadeVolume, W extends boolean>(
  original: VolumeOriginal,
  to: VolumeAt,
  how: VolumeOverrides & { volumeOnly?: boolean | undefined } & StartOptions<W>,
  read: ReadVolume<V>,
): Promise<Ended<V, W>> {
  const { session, pool, name, snapshot } = original;
  const { volumeOnly = false, config, description, ...options } = how;
  const call = { signal: options.signal };
  const described = await readVolume(original, call);
  const { target } = to.session.scope;
  const body: JsonMap = {
    ...copyBody(described, to.name, { config, description }),
    source: {
      type: 'copy',
      pool,
      name: snapshot === undefined ? name : `${name}/${snapshot}`,
      // Not that of the client: where a project has no volumes of its own they are of `default`.
      project: typeof described.project === 'string' ? described.project : await session.project(),
      volume_only: volumeOnly,
      ...(target === undefined ? {} : await locationFor(session, described, target, call)),
    },
  };
  const request = { method: 'POST', path: volumesPath(to.pool), body };
  const copied = await run<V, W>(to.session, request, options, async () => {
    const made = await read(to, call);
    try {
      // What its driver does not know, a server leaves out between pools without a word.
      const lost = lostConfig(body, made.toJSON() as JsonMap);
      if (lost.length > 0) {
        throw new OperationError(
          `copy(): the pool '${to.pool}' takes no config ${lost.join(', ')}, so that '${to.name}' was removed again`,
        );
      }
      if (description !== '' || made.description === '') return made;
      made.description = ''; // both servers take an empty one for the original's
      await made.save(call);
    } catch (error) {
      await clearUp(to.name, error as Error, async () => made.delete({ wait: true }));
      throw error;
    }
    return made;
  });
  return seeThrough(copied);
}

/** Where the original is, for a copy that another member makes. */
async function locationFor(
  session: Session,
  { location }: JsonMap,
  target: string,
  call: CallOptions,
): Promise<JsonMap> {
  if (location === target) return {};
  const { extensions } = await serverFacts(session, call);
  if (!extensions.has(betweenMembers)) {
    throw new UnsupportedError(
      `This server copies a volume within one cluster member (API extension ${betweenMembers}), and it is not on '${target}'`,
      betweenMembers,
    );
  }
  if (typeof location !== 'string' || location === 'none')
    throw new InvalidInputError(
      `copy(): there is no cluster member '${target}', since the server is no cluster`,
    );
  return { location };
}
