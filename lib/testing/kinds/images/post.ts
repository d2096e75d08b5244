import type { Call } from '../../http/call.js';
import { isObject, mismatch, parseJson, type Shape } from '../../http/decode.js';
import type { NewAlias } from './state/aliases.js';
import type { StringMap } from '../../state/maps.js';
import { Dropped } from '../../state/refusal.js';

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
    ...{ expires_at: 'time', profiles: 'strings' },
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

/** Reads the body of a request for a new image. */
export async function imagePost(call: Call): Promise<ImagePost> {
  const value = parseJson(await call.text());
  // Neither product looks before it reads the type of what is not there.
  if (!isObject(value) || !isObject(value.source)) throw new Dropped();
  const body = await call.body<ImagePost>(shape);
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
