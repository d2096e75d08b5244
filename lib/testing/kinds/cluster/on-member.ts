import type { MemberRecord } from '../../cluster/records.js';
import type { State } from '../../state/state.js';
import type { InstanceRecord } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';

/** The instances of a member, each with its project. */
export function instancesOn(state: State, member: MemberRecord): [ProjectRecord, InstanceRecord][] {
  return [...state.projects.values()].flatMap((project) =>
    [...project.instances.values()]
      .filter((instance) => instance.member === member)
      .map((instance): [ProjectRecord, InstanceRecord] => [project, instance]),
  );
}
