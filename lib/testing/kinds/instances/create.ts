import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import { nameProblem } from '../../validation/name.js';
import { createInstance, type NewInstance } from './state/create.js';
import { Power } from './state/power.js';
import { dict } from '../../state/maps.js';
import { petName } from '../../state/names.js';
import type { Operation } from '../../state/operation.js';
import type { InstanceType } from './records.js';
import { assertWithin } from '../projects/limits.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { typeOfPath } from './find.js';
import { importBackup } from './import.js';
import { takeInstance } from './migrate-target.js';
import { resolveSource, sourceShape, type Source, type SourceBody } from './source.js';
import { instanceResources } from './resources.js';
import { unpacked } from './unpacked.js';

const refreshRunning = {
  lxd: 'Failed getting exclusive access to instance: Instance is running',
  incus: 'Failed getting exclusive access to target instance: Instance is running',
};

interface CreateBody extends NewInstance {
  start: boolean;
  source: Partial<SourceBody>;
}

const post: Shape = {
  type: 'InstancesPost',
  fields: {
    name: 'string',
    type: 'string',
    architecture: 'string',
    config: 'map',
    devices: 'devices',
    profiles: 'strings',
    description: 'string',
    ephemeral: 'bool',
    start: 'bool',
    source: sourceShape,
  },
};

const types: Readonly<Record<string, InstanceType>> = {
  container: 'container',
  'virtual-machine': 'virtual-machine',
};

/** POST: an operation makes the instance; what is wrong beyond the shape of the body shows at its end. */
export async function postInstance(call: Call): Promise<Response> {
  if (call.request.headers.get('content-type') === 'application/octet-stream') {
    return importBackup(call);
  }
  const body = await call.body<CreateBody>(post);
  if (call.target.query.has('target')) throw new Refusal(400, 'Target only allowed when clustered');
  const project = call.project('Failed loading project: Project not found');
  const from = resolveSource(call, project, body.source ?? {});
  const wanted = wantedInstance(call, project, body, from);
  if (body.source?.type === 'migration') {
    return takeInstance(call, project, wanted, body.source, body.architecture ?? '');
  }
  const { product, state } = call;
  const operation = state.operations.start({
    project: project.name,
    description: 'Creating instance',
    resources: instanceResources(product, project.name, [wanted.name, ...from.names], wanted.type),
    run(operation) {
      const { name, profiles, type } = wanted;
      if (!from.fetch) make(operation, from, wanted);
      return from.fetch?.(operation, type).then((came) => {
        make(operation, came, wantedInstance(call, project, { ...body, name, profiles }, came));
      });
    },
  });
  return started(operation);

  function make(operation: Operation, source: Source, instance: NewInstance): void {
    source.check?.(instance.type);
    const old = source.refresh ? project.instances.get(instance.name) : undefined;
    if (old && old.status !== 'Stopped') throw new Refusal(500, refreshRunning[product.name]);
    const made = old ?? createInstance(state, project, instance);
    source.finish?.(made);
    if (source.image) operation.replace(unpacked(product));
    if (body.start && product.extensions.includes('instance_create_start'))
      new Power(state, project, made).start();
  }
}

function wantedInstance(
  call: Call,
  project: ProjectRecord,
  body: Partial<CreateBody>,
  from: Source,
): NewInstance {
  const profiles = body.profiles ?? from.profiles ?? ['default'];
  for (const profile of profiles) {
    if (!project.profiles.has(profile)) {
      throw new Refusal(500, `Requested profile "${profile}" doesn't exist`);
    }
  }
  const name = body.name || petName(call.state.chance, (taken) => project.instances.has(taken));
  const problem = nameProblem(call.product, name);
  if (problem) throw new Refusal(400, problem);
  if (!from.isKnown) throw new Refusal(400, `Unknown source type ${body.source?.type ?? ''}`);
  const type = from.type ?? types[body.type || typeOfPath(call) || 'container'];
  if (!type) throw new Refusal(400, 'Invalid instance type');
  const wanted: NewInstance = {
    name,
    type,
    profiles,
    architecture: from.architecture ?? (body.architecture || 'x86_64'),
    config: dict(from.config, body.config),
    devices: dict(from.devices, body.devices),
    description: body.description ?? '',
    ephemeral: body.ephemeral ?? false,
    ...(from.template && { template: from.template }),
    ...(from.baseImage !== undefined && { baseImage: from.baseImage }),
  };
  // What a copy has of its original is not looked at yet.
  const { config, devices } = body;
  const said = { ...wanted, profiles: body.profiles ?? [], config: dict(config), devices: dict(devices) };
  assertWithin(project, 'instance creation', { instance: body.source?.type === 'copy' ? said : wanted });
  return wanted;
}
