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
  instance.name = name;
  instance.console = undefined; // its log is looked for under the new name
  const all = [...project.instances.values()]; // it keeps its place
  project.instances.clear();
  for (const one of all) project.instances.set(one.name, one);
  state.lifecycle(project.name, 'instance-renamed', ['instances', name], { old_name: old });
}
