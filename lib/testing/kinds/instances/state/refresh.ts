import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';
import { wholeSeconds } from '../../../state/time.js';

/** By which a copy tells whether it has a snapshot of its original. */
export interface SnapshotMark {
  name: string;
  createdAt: string;
}

/** Those snapshots of the original that a copy has not, or not any more. */
export function missingFrom<Mark extends SnapshotMark>(
  { snapshots }: InstanceRecord,
  original: readonly Mark[],
): Mark[] {
  return original.filter((mark) => {
    const own = snapshots.get(mark.name);
    return !own || !isSame(mark, own);
  });
}

/** Takes the snapshots of a copy away that the original has not, or not any more. */
export function dropExtra(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  original: readonly SnapshotMark[],
): void {
  for (const snapshot of [...instance.snapshots.values()]) {
    if (original.some((mark) => isSame(mark, snapshot))) continue;
    instance.snapshots.delete(snapshot.name);
    const path = ['instances', instance.name, 'snapshots', snapshot.name];
    state.lifecycle(project.name, 'instance-snapshot-deleted', path);
  }
}

function isSame(mark: SnapshotMark, own: SnapshotMark): boolean {
  return mark.name === own.name && wholeSeconds(mark.createdAt) === wholeSeconds(own.createdAt);
}
