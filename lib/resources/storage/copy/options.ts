import { assertOptions, InvalidInputError, type OptionNames } from '../../../errors/index.js';
import type { OperationOptions, StartOptions } from '../../../operations/index.js';
import { assertNewName } from '../../../orm/index.js';
import { assertFields, assertName } from '../../kind/given.js';
import { assertMode, assertWaited, type MigrationMode } from '../../migrate/mode.js';
import { volumeCopyNames, type VolumeCopyOptions } from './copy.js';

/** How a volume is copied to another server. */
export interface VolumeCopyToOptions
  extends
    Omit<OperationOptions, 'cancelOnAbort'>,
    Pick<VolumeCopyOptions, 'project' | 'target' | 'volumeOnly' | 'config' | 'description'> {
  /** The pool of the other server that it is put into. */
  pool: string;
  /** The copy's name; the original's by default. */
  name?: string | undefined;
  /** `pull` by default. Ignored between LXD and Incus, where a backup is transferred. */
  mode?: MigrationMode | undefined;
}

/** How a volume is moved to another server. */
export type VolumeMoveToOptions = Omit<VolumeCopyToOptions, 'volumeOnly'>;

const { cancelOnAbort: _, snapshot: __, ...common } = volumeCopyNames;

const copyToNames: OptionNames<VolumeCopyToOptions & Pick<StartOptions, 'wait'>> = {
  ...common,
  name: true,
  mode: true,
};
const { volumeOnly: ___, ...moveToNames } = copyToNames;

/** Refuses what a server would misread, before anything is sent. */
export function assertVolumeMigration(
  options: VolumeCopyToOptions,
  fields: { prototype: object },
  method: 'copyTo' | 'moveTo',
): void {
  assertOptions(options, method === 'copyTo' ? copyToNames : moveToNames, `${method}()`);
  const { mode, name, pool, project, target } = options;
  if ((pool as unknown) === undefined)
    throw new InvalidInputError(`${method}() needs a pool, the name of one of the other server`);
  assertMode(mode, method);
  assertWaited(options, method);
  if (name !== undefined) assertNewName(name, 'storage volume');
  assertFields(options, fields, method);
  for (const [key, value] of Object.entries({ pool, project, target })) assertName(value, `${method}.${key}`);
}
