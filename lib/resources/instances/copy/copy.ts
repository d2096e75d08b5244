import { assertOptions, InvalidInputError, NotFoundError, type OptionNames } from '../../../errors/index.js';
import {
  run,
  seeThrough,
  startNames,
  type Ended,
  type OperationOptions,
  type StartOptions,
} from '../../../operations/index.js';
import { assertNewName, describe, type CallOptions, type JsonMap } from '../../../orm/index.js';
import { asObject } from '../../../rest/answers.js';
import { fillPath, type InstanceType } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { createdKey } from '../../kind/created.js';
import { assertName } from '../../kind/given.js';
import { assertOverrides, copyBody, copySource, overrideNames, type CopyOverrides } from './body.js';
import { alignCopy } from './refresh.js';
import { withRootDisk } from './root-disk.js';
import type { Instance } from '../instance.js';
import { startCopy, startMade } from '../start-made.js';

/** How a copy is made. */
export interface CopyOptions extends CopyOverrides, OperationOptions {
  /** The project that the copy is put into; the original's by default. */
  project?: string | undefined;
  /** The cluster member, or `@group`, that the copy is put on. */
  target?: string | undefined;
  /** Leave its snapshots out. */
  instanceOnly?: boolean | undefined;
  /** Bring an existing copy to the state of the original, its snapshots and configuration too; make it if there is none. */
  refresh?: boolean | undefined;
  /** Do not mind files that change while they are copied. */
  allowInconsistent?: boolean | undefined;
  /** Start the copy when it is there; a new one that cannot be started is deleted again. */
  start?: boolean | undefined;
}

/** How an instance is copied. */
export interface InstanceCopyOptions extends CopyOptions {
  /** Copy this snapshot as an instance, in place of the instance as it is now. */
  snapshot?: string | undefined;
}

/** For `assertOptions()`. */
export const copyNames: OptionNames<CopyOptions & StartOptions> = {
  ...startNames,
  ...overrideNames,
  project: true,
  target: true,
  instanceOnly: true,
  refresh: true,
  allowInconsistent: true,
  start: true,
};

/** What is to be copied. */
export interface Original {
  /** The name of the instance. */
  instance: string;
  snapshot?: string | undefined;
  /** What it must be. */
  type?: InstanceType | undefined;
}

/** Where models of what was made come from, by the project that it is in. */
export type ModelOf<I extends Instance> = (
  name: string,
  project: string | undefined,
  options: CallOptions,
) => Promise<I>;

/** Copies an instance or a snapshot on its server (POST /1.0/instances); `session` is in the original's project. */
export async function copyInstance<I extends Instance, W extends boolean>(
  session: Session,
  original: Original,
  newName: string | undefined,
  all: CopyOptions & StartOptions<W>,
  Class: { prototype: object },
  modelOf: ModelOf<I>,
): Promise<Ended<I, W>> {
  if (newName !== undefined) assertNewName(newName, 'instance');
  assertOptions(all, copyNames, 'copy()');
  const { project, target, start = false, ...given } = all;
  assertOverrides(given, Class, 'copy');
  assertName(project, 'copy.project');
  assertName(target, 'copy.target');
  if (given.refresh && original.snapshot !== undefined)
    throw new InvalidInputError('A copy is refreshed from an instance, not from a snapshot');
  const { signal } = given;
  const from = await readOriginal(session, original, { signal });
  assertType(original, from);
  const home = await session.project();
  const there = project === undefined ? session : session.derive({ project });
  const options = there === session ? given : await withRootDisk(there, from, given, { signal });
  const source = {
    type: 'copy',
    source: nameOf(original),
    project: home,
    ...copySource(from, options),
  };
  const body: JsonMap = { ...copyBody(from, newName, options), source };
  const isNew = !start || !given.refresh || !(await isThere(there, newName, { signal }));
  const on = target === undefined ? there : there.derive({ target });
  const copied = await run(on, { method: 'POST', path: '/1.0/instances', body }, options, async (data) => {
    const name = newName ?? createdKey(data, 'instances', 'containers') ?? '';
    const made = await modelOf(name, project, { signal });
    if (options.refresh) await alignCopy(made, copyBody(from, name, options, { whole: true }), { signal });
    // Never by the server in the same operation: whether the copy or its start failed would be a guess then.
    if (start) await (isNew ? startCopy : startMade)(made, { signal });
    return made;
  });
  return start ? seeThrough(copied) : copied;
}

async function isThere(session: Session, instance: string | undefined, call: CallOptions): Promise<boolean> {
  if (instance === undefined) return false;
  try {
    await readOriginal(session, { instance }, call);
    return true;
  } catch (error) {
    if (error instanceof NotFoundError) return false;
    throw error;
  }
}

/** The original as the server describes it now: what a model has may be old, or of a list. */
export async function readOriginal(
  session: Session,
  { instance, snapshot }: Original,
  options: CallOptions,
): Promise<JsonMap> {
  const path =
    snapshot === undefined
      ? fillPath('/1.0/instances/{name}', { name: instance })
      : fillPath('/1.0/instances/{name}/snapshots/{snapshotName}', {
          name: instance,
          snapshotName: snapshot,
        });
  const request = { method: 'GET', path, ...options };
  return asObject<JsonMap>(await session.send(request), request);
}

function assertType({ instance, type }: Original, from: JsonMap): void {
  if (type === undefined || from.type === undefined || from.type === type) return;
  throw new InvalidInputError(`'${instance}' is a ${describe(from.type)}, and so is its copy, not a ${type}`);
}

function nameOf({ instance, snapshot }: Original): string {
  return snapshot === undefined ? instance : `${instance}/${snapshot}`;
}
