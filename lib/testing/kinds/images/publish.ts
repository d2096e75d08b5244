import { createHash } from 'node:crypto';
import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { nameImage } from './state/aliases.js';
import { announceImage, keepImage } from './state/store.js';
import { dict, sorted, type StringMap } from '../../state/maps.js';
import { smallImage, unpacked } from '../instances/state/files.js';
import { noMetadata } from '../instances/state/image-data.js';
import { packImage } from './state/pack.js';
import type { ImageMetadata, InstanceRecord, SnapshotRecord } from '../instances/records.js';
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

/** The properties that an instance has of its image; of none, those in its config. */
function ownProperties({ config, imageData }: InstanceRecord | SnapshotRecord): StringMap {
  if (imageData?.metadata) return dict(imageData.metadata.properties ?? undefined);
  const properties = dict<string>();
  for (const key of Object.keys(config)) {
    if (key.startsWith('image.')) properties[key.slice('image.'.length)] = config[key]!;
  }
  return properties;
}

/** What the image says of itself. LXD takes the properties that are asked for in place of the instance's own, Incus beside them. */
function metadataOf({ product, state }: Call, from: Origin['from'], body: ImagePost): ImageMetadata {
  const { properties, expires_at: expiry = never } = body;
  const own = ownProperties(from);
  const date = Math.floor(state.clock.now() / 1000);
  return {
    ...(from.imageData?.metadata ?? {
      ...{ ...noMetadata, architecture: from.architecture, creation_date: date },
    }),
    ...(expiry !== never && { expiry_date: Math.floor(Date.parse(expiry) / 1000) }),
    properties: sorted(product.name === 'lxd' ? dict(properties ?? own) : dict(own, properties)),
  };
}

/** POST with a source that is an instance or a snapshot. */
export function publish(call: Call, body: ImagePost): Response {
  const { state, product } = call;
  const project = call.project();
  const { type: kind = '', name: source = '' } = body.source;
  // LXD looks before it answers whether the instance of a non-empty name exists at all.
  if (product.name === 'lxd' && source && !exists(project, source))
    throw new Refusal(404, 'Instance not found');
  const operation = state.operations.start({
    project: project.name,
    description: 'Downloading image',
    resources: product.noResources,
    run(operation) {
      const { instance, from } = find(call, project, kind, source);
      if (from === instance && instance.status !== 'Stopped') {
        throw new Refusal(500, 'Cannot export a running instance as an image');
      }
      const metadata = metadataOf(call, from, body);
      const { type, name } = instance;
      const files = from.files ?? unpacked(from) ?? smallImage(name);
      const templates = from.imageData?.templates ?? new Map();
      const compress = body.compression_algorithm !== 'none';
      // Incus writes the description each time, so that the image is another one.
      const modified = product.name === 'lxd' ? 0 : state.clock.now() + 1000 * project.images.size;
      const data = packImage({ type, metadata, files, templates, modified }, compress);
      const fingerprint = createHash('sha256').update(data).digest('hex');
      operation.update({ fingerprint, size: String(data.length) });
      if (project.images.has(fingerprint)) throw new Refusal(500, `The image already exists: ${fingerprint}`);
      const image = keepImage(state, project, {
        ...{ fingerprint, size: data.length, data: [data], type },
        architecture: from.architecture,
        filename: body.filename ?? '',
        public: body.public ?? false,
        properties: metadata.properties ?? dict(),
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
