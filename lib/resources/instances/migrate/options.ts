import { assertOptions, InvalidInputError, milliseconds, type OptionNames } from '../../../errors/index.js';
import type { StartOptions } from '../../../operations/index.js';
import { assertNewName } from '../../../orm/index.js';
import { assertName } from '../../kind/given.js';
import { assertOverrides } from '../copy/body.js';
import { assertMode, assertWaited, type MigrationMode } from '../../migrate/mode.js';
import { copyNames, type CopyOptions } from '../copy/copy.js';

/** How an instance is copied to another server. */
export interface CopyToOptions extends Omit<CopyOptions, 'cancelOnAbort'> {
  /** The copy's name; the original's by default. */
  name?: string | undefined;
  /** `pull` by default. */
  mode?: MigrationMode | undefined;
  /** With its memory, while it runs: a virtual machine, or a container with CRIU on both servers. */
  live?: boolean | undefined;
  /** Copy this snapshot as an instance, in place of the instance as it is now. */
  snapshot?: string | undefined;
}

/** How an instance is moved to another server. */
export type MoveToOptions = Omit<CopyToOptions, 'snapshot'>;

const { cancelOnAbort: _, ...common } = copyNames;

const copyToNames: OptionNames<CopyToOptions & Pick<StartOptions, 'wait'>> = {
  ...common,
  name: true,
  mode: true,
  live: true,
  snapshot: true,
};
const { snapshot: __, ...moveToNames } = copyToNames;

/** Refuses what a server would misread, before anything is sent. */
export function assertMigration(
  options: CopyToOptions,
  fields: { prototype: object },
  method: 'copyTo' | 'moveTo',
): void {
  assertOptions(options, method === 'copyTo' ? copyToNames : moveToNames, `${method}()`);
  const { mode, name, project, target, snapshot, refresh, live, timeout } = options;
  assertMode(mode, method);
  assertWaited(options, method);
  if (name !== undefined) assertNewName(name, 'instance');
  assertOverrides(options, fields, method);
  assertName(project, `${method}.project`);
  assertName(target, `${method}.target`);
  assertName(snapshot, `${method}.snapshot`);
  if (snapshot !== undefined && (refresh || live))
    throw new InvalidInputError(
      `${method}(): a snapshot can be copied, but neither live nor to refresh another`,
    );
  milliseconds(timeout, `${method}.timeout`);
}
