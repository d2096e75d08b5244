import { InvalidInputError } from '../../errors/index.js';
import { describe, isMap, type Json, type JsonMap } from '../../orm/index.js';
import type { InstanceConfig, InstanceType, Schemas } from '../../rest/endpoints/index.js';
import { Image } from '../images/image.js';
import { SimpleStreamsImage } from '../simplestreams/image.js';

/** Where a new instance comes from: an alias, an image, or the API's own description. */
export type InstanceSourceInput =
  | string
  | Image
  | SimpleStreamsImage
  | (Partial<Schemas.InstanceSource> & { type: 'none' | 'image' | 'copy' | 'migration' | (string & {}) })
  | (Partial<Schemas.InstanceSource> & ({ alias: string } | { fingerprint: string }));

/** A new instance. */
export interface InstanceInput {
  /** Letters, digits and dashes; the server makes one up without it. */
  name?: string;
  /** The image's alias, an image, or a source such as `{ type: 'none' }`. */
  source: InstanceSourceInput;
  /** The image's, where it is one of SimpleStreams; else `container` by default. */
  type?: InstanceType;
  description?: string;
  config?: InstanceConfig;
  devices?: Record<string, Record<string, string>>;
  /** `['default']` by default; `[]` for none. */
  profiles?: string[];
  /** Whether it is deleted when it stops. */
  ephemeral?: boolean;
  architecture?: string;
  /** A size by name, e.g. `aws:t2.micro`. */
  instanceType?: string;
  /** Start it as soon as it is there. */
  start?: boolean;
}

/** The API's description of a source. */
export function sourceFrom(source: InstanceSourceInput): JsonMap {
  if (source instanceof Image) return { type: 'image', fingerprint: source.fingerprint };
  if (source instanceof SimpleStreamsImage) return source.source();
  if (typeof source === 'string' && source !== '') return { type: 'image', alias: source };
  if (isMap(source)) return sourceObject(source);
  const given = source === '' ? 'an empty text' : source === undefined ? 'nothing' : describe(source);
  throw new InvalidInputError(
    `instance.source must be an image's alias, an image or an object such as { type: 'none' }, not ${given}`,
  );
}

function sourceObject(source: JsonMap): JsonMap {
  const named = ['alias', 'fingerprint', 'properties'].some((key) => source[key] !== undefined);
  const type: Json = source.type ?? (named ? 'image' : undefined);
  if (typeof type !== 'string' || type === '') {
    throw new InvalidInputError(
      "instance.source needs a type ('image', 'none', 'copy', …) or an alias or fingerprint",
    );
  }
  if (type === 'image' && !named) {
    throw new InvalidInputError('instance.source of type image needs an alias, a fingerprint or properties');
  }
  return { ...source, type };
}

/** The type that a new instance is to have, by itself or by what it is made of. */
export function typeFrom({ type, source }: Pick<InstanceInput, 'type' | 'source'>): InstanceType | undefined {
  if (!(source instanceof SimpleStreamsImage)) return type;
  if (type === undefined || type === source.type) return source.type;
  throw new InvalidInputError(`instance.source is the image of a ${source.type}, not of a ${type}`);
}
