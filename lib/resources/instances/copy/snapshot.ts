import type { Ended, StartOptions } from '../../../operations/index.js';
import type { ModelClass } from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import type { Instance } from '../instance.js';
import { instanceStore } from '../store.js';
import { copyInstance, type CopyOptions } from './copy.js';

/** How a snapshot is copied. */
export type SnapshotCopyOptions = Omit<CopyOptions, 'refresh' | 'instanceOnly'>;

/** Makes an instance of a snapshot (POST /1.0/instances). */
export async function copySnapshot<I extends Instance, W extends boolean>(
  session: Session,
  original: { instance: string; snapshot: string },
  newName: string,
  options: SnapshotCopyOptions & StartOptions<W>,
  Class: ModelClass<I>,
): Promise<Ended<I, W>> {
  return copyInstance<I, W>(session, original, newName, options, Class, async (name, project, call) => {
    const store = instanceStore(project === undefined ? session : session.derive({ project }));
    return new Class(store, name, await store.read(name, call));
  });
}
