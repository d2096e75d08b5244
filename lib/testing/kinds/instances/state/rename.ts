import type { InstanceRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import type { State } from '../../../state/state.js';

/** Gives an instance another name, which nothing else has, and tells of it. */
export function renameInstance(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  name: string,
): void {
  const old = instance.name;
  project.instances.delete(old);
  instance.name = name;
  instance.console = undefined; // its log is looked for under the new name
  project.instances.set(name, instance);
  state.lifecycle(project.name, 'instance-renamed', ['instances', name], { old_name: old });
}
