import { dict } from '../../../state/maps.js';
import type { ImageData, ImageMetadata } from '../records.js';
import type { ImageRecord } from '../../images/records.js';

/** What an instance without an image has of one. */
export const noMetadata: ImageMetadata = {
  architecture: '',
  creation_date: 0,
  expiry_date: 0,
  properties: null,
  templates: null,
};

/** What an instance gets of an image: what its archive says, or what is known of one that nobody can read. */
export function imageDataOf(image: ImageRecord): ImageData {
  image.imageData ??= describedBy(image);
  return image.imageData;
}

function describedBy({ architecture, createdAt, properties }: ImageRecord): ImageData {
  return {
    metadata: {
      ...noMetadata,
      architecture,
      creation_date: Math.max(0, Math.floor(Date.parse(createdAt) / 1000)),
      properties: dict(properties),
    },
    templates: new Map(),
  };
}
