import type { Operation, StartOptions } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { Instance } from '../instance.js';
import { instanceStore } from '../store.js';
import { copyInstance, type CopyOptions } from './copy.js';

/** How a snapshot is copied. */
export type SnapshotCopyOptions = Omit<CopyOptions, 'refresh' | 'instanceOnly'>;

/** Makes an instance of a snapshot (POST /1.0/instances). */
export async function copySnapshot(
  session: Session,
  original: { instance: string; snapshot: string },
  newName: string,
  options: SnapshotCopyOptions & StartOptions,
): Promise<Instance | Operation<Instance>> {
  return copyInstance<Instance>(
    session,
    original,
    newName,
    options,
    Instance,
    async (name, project, call) => {
      const store = instanceStore(project === undefined ? session : session.derive({ project }));
      return new Instance(store, name, await store.read(name, call));
    },
  );
}
