import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';

/** Takes an instance away with its snapshots, the last one first, and its backups, and tells of each. */
export function removeInstance(state: State, project: ProjectRecord, instance: InstanceRecord): void {
  const { name, snapshots, backups } = instance;
  const tell = (what: string, path: string[] = []): void =>
    state.lifecycle(project.name, `${what}-deleted`, ['instances', name, ...path]);
  const byAge = [...snapshots.values()].sort((a, b) => Date.parse(a.createdAt) - Date.parse(b.createdAt));
  for (const snapshot of byAge.reverse()) tell('instance-snapshot', ['snapshots', snapshot.name]);
  for (const backup of backups?.keys() ?? []) tell('instance-backup', ['backups', backup]);
  project.instances.delete(name);
  tell('instance');
}
