import { assertOptions, InvalidInputError, type OptionNames } from '../../../errors/index.js';
import { startNames, type Ended, type StartOptions } from '../../../operations/index.js';
import { assertNewName, describe, isMap } from '../../../orm/index.js';
import { assertFields, assertName } from '../../kind/given.js';
import { assertKnown } from '../../kind/wire.js';
import { makeCopy, type MadeVolume, type ReadVolume } from './copy.js';
import type { VolumeAt, VolumeOverrides } from './original.js';

/** A copy of another volume, or of its snapshot `'volume/snapshot'`; as `volume.copy()`. */
export interface VolumeCopySource {
  type: 'copy';
  name: string;
  /** The pool that it is in; the new one's by default. */
  pool?: string | undefined;
  /** The project that it is in; the client's by default. */
  project?: string | undefined;
  /** Leave its snapshots out. */
  volumeOnly?: boolean | undefined;
}

const sourceNames: OptionNames<VolumeCopySource> = {
  type: true,
  name: true,
  pool: true,
  project: true,
  volumeOnly: true,
};

/** A new volume that is a copy. */
export interface VolumeFromSource extends VolumeOverrides {
  source: VolumeCopySource;
}

/** Whether a new volume is to be a copy. */
export function hasSource(input: unknown): input is VolumeFromSource {
  return isMap(input) && input.source !== undefined;
}

/** Makes a volume of a source (POST /1.0/storage-pools/{poolName}/volumes/custom). */
export async function createFromSource<V extends MadeVolume, W extends boolean>(
  to: VolumeAt,
  input: VolumeFromSource,
  options: StartOptions<W>,
  Class: { prototype: object },
  read: ReadVolume<V>,
): Promise<Ended<V, W>> {
  const where = 'storage volume.source';
  assertOptions(options, startNames, 'create() of a storage volume');
  assertKnown(input, ['name', 'description', 'config', 'source'], 'storage volume with a source');
  const { source, description, config } = input;
  if (!isMap(source)) throw new InvalidInputError(`${where} must be an object, not ${describe(source)}`);
  assertOptions(source, sourceNames, where);
  const { type, name, pool = to.pool, project, volumeOnly } = source;
  if (type !== 'copy') throw new InvalidInputError(`${where}.type must be 'copy', not ${describe(type)}`);
  assertNewName(to.name, 'storage volume');
  assertFields({ description, config }, Class, 'storage volume');
  assertName(name, `${where}.name`);
  for (const [key, value] of Object.entries({ pool, project })) assertName(value, `${where}.${key}`);
  const [volume = '', snapshot, ...more] = name.split('/');
  if (volume === '' || snapshot === '' || more.length > 0) {
    throw new InvalidInputError(
      `${where}.name must be 'volume' or 'volume/snapshot' of a custom volume, not ${describe(name)}`,
    );
  }
  const session = to.session.derive({ target: undefined, ...(project === undefined ? {} : { project }) });
  return makeCopy(
    { session, pool, name: volume, snapshot },
    to,
    { ...options, description, config, volumeOnly },
    read,
  );
}
