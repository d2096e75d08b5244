import type { Call } from '../../http/call.js';
import { decode, isObject, mismatch, parseJson, type Shape } from '../../http/decode.js';
import type { NewAlias } from './state/aliases.js';
import type { StringMap } from '../../state/maps.js';
import type { Product } from '../../products/product.js';
import { Dropped, Refusal } from '../../state/refusal.js';

/** The `source` of a request for a new image. */
export type ImagePostSource = Partial<
  Record<
    | 'type'
    | 'mode'
    | 'name'
    | 'url'
    | 'server'
    | 'protocol'
    | 'alias'
    | 'fingerprint'
    | 'certificate'
    | 'secret'
    | 'image_type'
    | 'project',
    string
  >
>;

/** A request for a new image that is not the image itself. */
export interface ImagePost {
  filename?: string;
  compression_algorithm?: string;
  public?: boolean;
  auto_update?: boolean;
  properties?: StringMap;
  expires_at?: string;
  profiles?: string[];
  aliases: NewAlias[];
  source: ImagePostSource;
}

const shape: Shape = {
  type: 'ImagesPost',
  fields: {
    ...{ filename: 'string', public: 'bool', auto_update: 'bool', properties: 'map' },
    ...{ expires_at: 'time', profiles: 'strings', compression_algorithm: 'string' },
    source: {
      type: 'ImagesPostSource',
      fields: {
        ...{ type: 'string', mode: 'string', name: 'string', url: 'string', server: 'string' },
        ...{ protocol: 'string', alias: 'string', fingerprint: 'string', certificate: 'string' },
        ...{ secret: 'string', image_type: 'string', project: 'string' },
      },
    },
  },
};

/** Is this the body of such a request? `null` is, and anything else that can be read as one. */
export function isImagePost(text: string, product: Product): boolean {
  try {
    decode(parseJson(text), shape, product);
    return true;
  } catch (error) {
    if (error instanceof Refusal) return false;
    throw error;
  }
}

/** Reads the body of a request for a new image. */
export async function imagePost(call: Call): Promise<ImagePost> {
  const value = parseJson(await call.text());
  const body = await call.body<ImagePost>(shape);
  // Neither product looks before it reads the type of what is not there.
  if (!isObject(value) || !isObject(value.source)) throw new Dropped();
  return { ...body, source: body.source ?? {}, aliases: aliasesOf(value.aliases) };
}

function aliasesOf(value: unknown): NewAlias[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) mismatch(value, 'struct field ImagesPost.aliases', '[]api.ImageAlias');
  return value
    .filter(isObject)
    .map(({ name, description }) => ({ name: text(name), description: text(description) }));
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');
