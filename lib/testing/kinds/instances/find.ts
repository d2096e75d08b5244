import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import type { Operation } from '../../state/operation.js';
import type { InstanceRecord, InstanceType } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { quirks } from './quirks.js';
import { instanceResources } from './resources.js';

/** What is said of an instance that has no project. */
const missingProjects = { lxd: 'Instance not found', incus: 'Project not found' };

const typedPaths: Readonly<Record<string, InstanceType>> = {
  containers: 'container',
  'virtual-machines': 'virtual-machine',
};

/** The type that the path asks for: `/1.0/containers` has containers only. */
export function typeOfPath(call: Call): InstanceType | undefined {
  return typedPaths[call.target.segments[1] ?? ''];
}

/** An instance and the project that it lives in. */
export interface Found {
  project: ProjectRecord;
  instance: InstanceRecord;
}

/** What the servers call its folder of logs. */
export function folderOf({ project, instance }: Found): string {
  return project.name === 'default' ? instance.name : `${project.name}_${instance.name}`;
}

/** The instance of the request; the texts are what this method says of one that does not exist, and of its project. */
export function findInstance(
  call: Call,
  missing = quirks[call.product.name].missing.instance,
  missingProject: string | undefined = missingProjects[call.product.name],
): Found {
  const name = call.param('name');
  if (name.includes('/')) throw new Refusal(400, 'Invalid instance name');
  const project = call.project(missingProject);
  const instance = project.instances.get(name);
  const type = typeOfPath(call);
  if (!instance || (type && type !== instance.type)) {
    throw new Refusal(404, missing(name, project.name));
  }
  return { project, instance };
}

/** The same for the methods that look for it on this member only: there both products use the same words. */
export function findLoaded(call: Call): Found {
  const missing = (name: string, project: string): string =>
    `Failed to fetch instance "${name}" in project "${project}": Instance not found`;
  return findInstance(call, missing, 'Project not found');
}

/** What runs in an instance, and what its console shows, is there while it runs. */
export function assertRunning({ status }: InstanceRecord): void {
  if (status !== 'Running') {
    throw new Refusal(400, `Instance is ${status === 'Frozen' ? 'frozen' : 'not running'}`);
  }
}

/** What the ETag of an instance covers: not its description, but all of its profiles. */
export function guarded({ project, instance }: Found): unknown[] {
  const { architecture, config, devices, ephemeral, profiles } = instance;
  return [architecture, config, devices, ephemeral, profiles.map((name) => project.profiles.get(name))];
}

/** What work on an instance leaves in the metadata of its operation. */
type Outcome = Record<string, unknown> | null | void;

/** Starts an operation on an instance; when it runs, the instance may have gone. */
export function operateOn(
  call: Call,
  { project, instance }: Found,
  description: string,
  run: (instance: InstanceRecord, operation: Operation) => Outcome | Promise<Outcome>,
  resources = instanceResources(call.product, project.name, [instance.name], instance.type),
): Response {
  const operation = call.state.operations.start({
    project: project.name,
    description,
    resources,
    run(operation) {
      const present = project.instances.get(instance.name);
      if (!present)
        throw new Refusal(404, quirks[call.product.name].missing.instance(instance.name, project.name));
      const work = run(present, operation);
      const note = (metadata: Outcome): void => {
        if (metadata) operation.update(metadata);
      };
      if (work instanceof Promise) return work.then(note);
      note(work);
      return undefined;
    },
  });
  return started(operation);
}
