import { createHash } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { nameImage } from './state/aliases.js';
import { announceImage, keepImage } from './state/store.js';
import { dict, type StringMap } from '../../state/maps.js';
import type { InstanceRecord, SnapshotRecord } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { never } from '../../state/time.js';
import type { ImagePost } from './post.js';
import { quirks } from '../instances/quirks.js';

interface Origin {
  instance: InstanceRecord;
  from: InstanceRecord | SnapshotRecord;
}

function find(call: Call, project: ProjectRecord, type: string, name: string): Origin {
  const [instanceName = '', snapshotName] = name.split('/');
  if (!name) throw new Refusal(500, 'No source provided');
  if (type === 'snapshot' && snapshotName === undefined) throw new Refusal(500, 'Not a snapshot');
  if (type !== 'snapshot' && snapshotName !== undefined) throw new Refusal(500, 'This is a snapshot');
  const instance = project.instances.get(instanceName);
  if (!instance)
    throw new Refusal(404, quirks[call.product.name].missing.instance(instanceName, project.name));
  if (snapshotName === undefined) return { instance, from: instance };
  const from = instance.snapshots.get(snapshotName);
  if (!from)
    throw new Refusal(
      404,
      quirks[call.product.name].missing.snapshot(snapshotName, instanceName, project.name),
    );
  return { instance, from };
}

function ownProperties({ config }: InstanceRecord | SnapshotRecord): StringMap {
  const properties = dict<string>();
  for (const key of Object.keys(config)) {
    if (key.startsWith('image.')) properties[key.slice('image.'.length)] = config[key]!;
  }
  return properties;
}

/** LXD takes those that are asked for in place of the instance's own, Incus beside them. */
function propertiesOf({ product }: Call, from: Origin['from'], { properties }: ImagePost): StringMap {
  const own = ownProperties(from);
  return product.name === 'lxd' ? dict(properties ?? own) : dict(own, properties);
}

/** POST with a source that is an instance or a snapshot: its image is made of nothing but its description. */
export function publish(call: Call, body: ImagePost): Response {
  const { state, product } = call;
  const project = call.project();
  const { type = '', name = '' } = body.source;
  // LXD looks before it answers whether the instance of a non-empty name exists at all.
  if (product.name === 'lxd' && name && !exists(project, name)) throw new Refusal(404, 'Instance not found');
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    run(operation) {
      const { instance, from } = find(call, project, type, name);
      if (from === instance && instance.status !== 'Stopped') {
        throw new Refusal(500, 'Cannot export a running instance as an image');
      }
      const data = new TextEncoder().encode(JSON.stringify({ name, config: from.config, at: state.now() }));
      const fingerprint = createHash('sha256').update(data).digest('hex');
      operation.update({ fingerprint, size: String(data.length) });
      const image = keepImage(state, project, {
        ...{ fingerprint, size: data.length, data: [data], type: instance.type },
        architecture: from.architecture,
        filename: body.filename ?? '',
        public: body.public ?? false,
        properties: propertiesOf(call, from, body),
        expiresAt: body.expires_at ?? never,
        ...(body.profiles && { profiles: body.profiles }),
      });
      nameImage(state, project, fingerprint, body.aliases);
      announceImage(state, project, image);
    },
  });
  return started(operation);
}

function exists(project: ProjectRecord, name: string): boolean {
  const [instance = '', snapshot] = name.split('/');
  const found = project.instances.get(instance);
  return snapshot === undefined ? found !== undefined : (found?.snapshots.has(snapshot) ?? false);
}
