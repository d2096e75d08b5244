import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch } from '../../http/etag.js';
import { done } from '../../http/reply.js';
import { architectureOf } from './state/architectures.js';
import { updateInstance, type InstanceUpdate } from './state/update.js';
import { dict } from '../../state/maps.js';
import { assertWithin } from '../projects/limits.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { restoreSnapshot } from './state/snapshots.js';
import { findInstance, guarded, operateOn } from './find.js';

interface InstanceBody extends InstanceUpdate {
  restore: string;
  stateful: boolean;
}

/** What can be written of an instance. */
const instancePut: Shape = {
  type: 'InstancePut',
  fields: {
    architecture: 'string',
    config: 'map',
    devices: 'devices',
    ephemeral: 'bool',
    profiles: 'strings',
    restore: 'string',
    stateful: 'bool',
    description: 'string',
  },
};

function checkProfiles(project: ProjectRecord, profiles: string[]): void {
  if (profiles.some((name) => !project.profiles.has(name))) throw new Refusal(404, 'Profile not found');
}

/** PUT: all is replaced, or a snapshot restored, by an operation. */
export async function replaceInstance(call: Call): Promise<Response> {
  const found = findInstance(call);
  const { project, instance } = found;
  checkMatch(call.request.headers, guarded(found));
  const body = await call.body<InstanceBody>(instancePut);
  const { restore, stateful, architecture = '', profiles = [], description = '', ephemeral = false } = body;
  if (restore) {
    return operateOn(call, found, 'Restoring snapshot', (present) =>
      restoreSnapshot(call.state, project, present, restore, stateful),
    );
  }
  checkProfiles(project, profiles);
  const { config = dict(), devices = dict() } = body;
  assertWithin(project, 'instance update', { instance: { ...instance, config, devices, profiles } });
  const update: InstanceUpdate = {
    architecture: architectureOf(architecture) ?? instance.architecture,
    config,
    devices,
    profiles,
    description,
    ephemeral,
  };
  return operateOn(call, found, 'Updating instance', (present) =>
    updateInstance(call.state, project, present, update),
  );
}

/** PATCH: top-level keys are merged, at once; a description that is left out is blanked. */
export async function mergeInstance(call: Call): Promise<Response> {
  const found = findInstance(call);
  const { project, instance } = found;
  checkMatch(call.request.headers, guarded(found));
  const body = await call.patch<InstanceBody>(instancePut);
  if (body.restore) throw new Refusal(400, "Can't call PATCH in restore mode");
  const { architecture = '', profiles = instance.profiles, ephemeral = instance.ephemeral } = body;
  checkProfiles(project, profiles);
  const config = dict(instance.config, body.config);
  const devices = dict(instance.devices, body.devices);
  assertWithin(project, 'instance update', { instance: { ...instance, config, devices, profiles } });
  updateInstance(call.state, project, instance, {
    architecture: architectureOf(architecture) ?? instance.architecture,
    config,
    devices,
    profiles,
    description: body.description ?? '',
    ephemeral,
  });
  return done();
}
