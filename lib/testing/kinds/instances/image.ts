import type { Call } from '../../http/call.js';
import { imageDataOf } from './state/image-data.js';
import { aliasesIn } from '../images/state/aliases.js';
import { announceImage } from '../images/state/store.js';
import { findImage } from '../images/state/images.js';
import { dict } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import type { ImageRecord } from '../images/records.js';
import type { InstanceRecord, InstanceType } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { downloadImage } from '../images/download.js';
import type { Source, SourceBody } from './source.js';
import { quirks as images } from '../images/quirks.js';

const unnamed = 'Must specify one of alias, fingerprint or properties for init from image';

/** What an image gives to an instance. */
export function fromImage(call: Call, project: ProjectRecord, source: Partial<SourceBody>): Source {
  if (source.server) return fromElsewhere(call, project, source);
  const image = localImage(call, project, source);
  if (image) return ofImage(call.state, image);
  const check = (): void => {
    throw new Refusal(500, 'Image not provided for instance creation');
  };
  return { isKnown: true, names: [], check };
}

function ofImage(state: State, image: ImageRecord): Source {
  const config = dict<string>();
  for (const key of Object.keys(image.properties)) config[`image.${key}`] = image.properties[key]!;
  const { architecture, profiles, fingerprint: baseImage } = image;
  const finish = (made: InstanceRecord): void => {
    image.lastUsedAt = state.now();
    made.imageData = imageDataOf(image);
  };
  const check = (type: InstanceType): void => assertFits(image, type);
  return { isKnown: true, names: [], image, architecture, profiles, config, baseImage, check, finish };
}

function fromElsewhere(call: Call, project: ProjectRecord, source: Partial<SourceBody>): Source {
  const fetch = imageElsewhere(call.state, project, source);
  const profiles = project.images.get(source.fingerprint ?? '')?.profiles;
  return {
    ...{ isKnown: true, names: [], ...(profiles && { profiles }) },
    fetch: async (operation, type) => ofImage(call.state, await fetch(operation, type)),
  };
}

/** What fetches the image of another server that a source names, unless it is here; it stays here for the next one. */
export function imageElsewhere(
  state: State,
  project: ProjectRecord,
  { fingerprint, alias, properties, ...where }: Partial<SourceBody>,
): (operation: Operation, type: InstanceType) => Promise<ImageRecord> {
  const name = fingerprint || alias;
  if (!name)
    throw new Refusal(500, properties ? 'Property match is only supported for local images' : unnamed);
  const { server = '', protocol = '', certificate, secret } = where;
  return async (operation, type) => {
    const wanted = { server, protocol, certificate, secret, name, type, autoUpdate: true, cached: true };
    const { image, isNew } = await downloadImage(state, project, wanted, operation);
    if (isNew && !images[state.product.name].announcesDownloads) announceImage(state, project, image);
    image.lastUsedAt = state.now();
    return image;
  };
}

/** An image is for one kind of instance. */
export function assertFits(image: ImageRecord, type: InstanceType): void {
  if (image.type === type) return;
  throw new Refusal(500, `Requested image's type "${image.type}" doesn't match instance type "${type}"`);
}

/** The image that a source names, by alias, fingerprint or properties. */
export function localImage(
  { product }: Call,
  project: ProjectRecord,
  { alias, fingerprint, properties }: Partial<SourceBody>,
): ImageRecord | undefined {
  if (alias) {
    const target = aliasesIn(project).get(alias)?.target;
    // Incus lets the operation find out.
    if (!target && product.name === 'lxd') throw new Refusal(404, 'Image alias not found');
    return target ? project.images.get(target) : undefined;
  }
  if (fingerprint) return findImage(project, fingerprint);
  if (!properties) throw new Refusal(500, unnamed);
  const fits = (image: ImageRecord): boolean =>
    Object.keys(properties).every((key) => image.properties[key] === properties[key]);
  const found = [...project.images.values()].find(fits);
  if (!found) throw new Refusal(500, 'No matching image could be found');
  return found;
}
