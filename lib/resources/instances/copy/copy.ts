import { InvalidInputError } from '../../../errors/index.js';
import { run, type Operation, type OperationOptions, type StartOptions } from '../../../operations/index.js';
import { assertNewName, describe, type CallOptions, type JsonMap } from '../../../orm/index.js';
import { fillPath, type InstanceType } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { createdKey } from '../../kind/created.js';
import { serverFacts } from '../../kind/server-facts.js';
import { assertName, assertOverrides, copyBody, copySource, type CopyOverrides } from './body.js';
import { alignCopy } from './refresh.js';
import { withRootDisk } from './root-disk.js';
import type { Instance } from '../instance.js';

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
  /** Start the copy when it is there. */
  start?: boolean | undefined;
}

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
export async function copyInstance<I extends Instance>(
  session: Session,
  original: Original,
  newName: string | undefined,
  { project, target, start = false, ...given }: CopyOptions & StartOptions,
  Class: { prototype: object },
  modelOf: ModelOf<I>,
): Promise<I | Operation<I>> {
  if (newName !== undefined) assertNewName(newName, 'instance');
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
  const { extensions } = await serverFacts(session, { signal });
  if (start && extensions.has('instance_create_start')) body.start = true;
  const on = target === undefined ? there : there.derive({ target });
  return run(on, { method: 'POST', path: '/1.0/instances', body }, options, async (data) => {
    const name = newName ?? createdKey(data, 'instances', 'containers') ?? '';
    const made = await modelOf(name, project, { signal });
    if (options.refresh) await alignCopy(made, copyBody(from, name, options, { whole: true }), { signal });
    // Older servers ignore `start` in silence, so it is done for them.
    return start && made.status === 'Stopped' ? made.start({ signal }) : made;
  });
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
  const { metadata } = await session.send({ method: 'GET', path, ...options });
  return metadata as JsonMap;
}

function assertType({ instance, type }: Original, from: JsonMap): void {
  if (type === undefined || from.type === undefined || from.type === type) return;
  throw new InvalidInputError(`'${instance}' is a ${describe(from.type)}, and so is its copy, not a ${type}`);
}

function nameOf({ instance, snapshot }: Original): string {
  return snapshot === undefined ? instance : `${instance}/${snapshot}`;
}
