import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import type { Route } from '../../http/router.js';
import type { Product } from '../../products/product.js';
import { imageDataOf } from './state/image-data.js';
import { dict } from '../../state/maps.js';
import type { ImageRecord } from '../images/records.js';
import type { InstanceRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { findInstance, operateOn } from './find.js';
import { assertFits, imageElsewhere, localImage } from './image.js';
import { sourceShape, type SourceBody } from './source.js';
import { unpacked } from './unpacked.js';

const shape: Shape = { type: 'InstanceRebuildPost', fields: { source: sourceShape } };

async function rebuild(call: Call): Promise<Response> {
  const { source = {} } = await call.body<{ source: Partial<SourceBody> }>(shape);
  const found = findInstance(call, () => 'Failed loading instance: Instance not found');
  if (found.instance.status !== 'Stopped') throw new Refusal(400, 'Instance must be stopped to be rebuilt');
  const { state, product } = call;
  const isEmpty = source.type === 'none';
  const fetch = source.server && !isEmpty ? imageElsewhere(state, found.project, source) : undefined;
  const local = isEmpty || fetch ? undefined : localImage(call, found.project, source);
  return operateOn(call, found, 'Rebuilding instance', async (present, operation) => {
    const image = fetch ? await fetch(operation, present.type) : local;
    if (!isEmpty && !image) throw new Refusal(500, 'Image not provided for instance rebuild');
    if (image) assertFits(image, present.type);
    assertAlone(present, isEmpty);
    renew(present, image);
    if (image) operation.replace(unpacked(product));
  });
}

/** As on the pool of each fake, a directory: there the volume goes before the new one comes. */
function assertAlone({ snapshots }: InstanceRecord, isEmpty: boolean): void {
  if (snapshots.size === 0) return;
  const what = isEmpty ? 'as an empty instance' : 'instance from image';
  throw new Refusal(500, `Failed rebuilding ${what}: Cannot remove an instance volume that has snapshots`);
}

/** Another root disk, and what the config says of the image; all else stays. */
function renew(instance: InstanceRecord, image: ImageRecord | undefined): void {
  const config = dict(instance.config);
  for (const key of Object.keys(config)) if (key.startsWith('image.')) delete config[key];
  for (const key of ['base_image', 'idmap.next', 'last_state.idmap']) delete config[`volatile.${key}`];
  config['volatile.apply_template'] = 'create';
  if (image) {
    for (const [key, value] of Object.entries(image.properties)) config[`image.${key}`] = value;
    config['volatile.base_image'] = image.fingerprint;
  }
  Object.assign(instance, { config, files: undefined, imageData: image && imageDataOf(image) });
}

/** Of a product that can. */
export function rebuildRoutes(path: string, { extensions }: Product): Route[] {
  return extensions.includes('instances_rebuild') ? [{ path: `${path}/{name}/rebuild`, POST: rebuild }] : [];
}
