import { InvalidInputError, type OptionNames } from '../../errors/index.js';
import { operationNames, type OperationOptions } from '../../operations/index.js';
import { describe, isMap } from '../../orm/index.js';
import { toWire } from '../kind/wire.js';
import { assertAliasName } from './alias-name.js';
import { ImageFields } from './fields.js';

/** A name for an image. */
export type ImageAliasInput = string | { name: string; description?: string | undefined };

/** What a new image gets. */
export interface ImageOptions extends OperationOptions {
  /** Whether it can be had without being trusted; false by default. */
  public?: boolean | undefined;
  /** On top of those that it brings. */
  properties?: Record<string, string> | undefined;
  /** The profiles that instances made of it get by default. */
  profiles?: readonly string[] | undefined;
  /** When the server may delete it; null for never. */
  expiresAt?: Date | null | undefined;
  /** Names for it. One that another image has is a `ConflictError`, before anything is sent. */
  aliases?: readonly ImageAliasInput[] | undefined;
  /** Take its aliases from the images that have them, when this one is there: no moment is without them. */
  moveAliases?: boolean | undefined;
  /** The name of its file. */
  filename?: string | undefined;
}

export interface ImageCreateOptions extends ImageOptions {
  /** SHA-256 that the image must have, 64 hexadecimal digits. */
  fingerprint?: string | undefined;
  /** Bytes of a stream, where they are known: the progress has percents then. */
  length?: number | undefined;
  /** Whether the server replaces it when its alias means a newer one: of an image that it fetched from another server. */
  autoUpdate?: boolean | undefined;
}

/** For `assertOptions()`. */
export const imageNames: OptionNames<ImageOptions> = {
  ...operationNames,
  public: true,
  properties: true,
  profiles: true,
  expiresAt: true,
  aliases: true,
  moveAliases: true,
  filename: true,
};

/** For `assertOptions()`. */
export const imageCreateNames: OptionNames<ImageCreateOptions> = {
  ...imageNames,
  fingerprint: true,
  length: true,
  autoUpdate: true,
};

/** What a new image gets, checked. */
export interface WantedImage {
  /** By the model's names. */
  fields: Pick<ImageOptions, 'public' | 'properties' | 'profiles' | 'expiresAt'> & {
    autoUpdate?: boolean | undefined;
  };
  filename: string | undefined;
  aliases: readonly { name: string; description?: string | undefined }[];
  moveAliases: boolean;
}

/** Sorts the options. @throws InvalidInputError, before anything is sent */
export function wantedImage<O extends ImageOptions>({
  public: isPublic,
  properties,
  profiles,
  expiresAt,
  aliases = [],
  moveAliases = false,
  filename,
  ...rest
}: O): { wanted: WantedImage; rest: Omit<O, keyof Omit<ImageOptions, keyof OperationOptions>> } {
  const fields = { public: isPublic, properties, profiles, expiresAt };
  toWire(ImageFields, fields, 'image'); // refuses what the server would misread
  if (filename !== undefined && !(typeof filename === 'string' && /^\P{Cc}+$/u.test(filename)))
    throw new InvalidInputError(`image.filename must be a text of one line, not ${describe(filename)}`);
  return { wanted: { fields, filename, aliases: aliases.map(aliasOf), moveAliases }, rest };
}

function aliasOf(
  alias: ImageAliasInput,
  index: number,
  all: readonly ImageAliasInput[],
): { name: string; description?: string | undefined } {
  const given = typeof alias === 'string' ? { name: alias } : alias;
  const { name, description } = (isMap(given) ? given : {}) as { name?: unknown; description?: unknown };
  assertAliasName(name);
  if (description !== undefined && typeof description !== 'string')
    throw new InvalidInputError(
      `The description of alias '${name}' must be a string, not ${describe(description)}`,
    );
  const first = all.findIndex((other) => (typeof other === 'string' ? other : other.name) === name);
  if (first !== index) throw new InvalidInputError(`The alias '${name}' is named twice`);
  return { name, description };
}

/** The beginning of a fingerprint is enough for the servers, but no hash can be compared with it. */
export function assertFingerprint(fingerprint: unknown): asserts fingerprint is string {
  if (typeof fingerprint === 'string' && /^[0-9a-f]{64}$/i.test(fingerprint)) return;
  throw new InvalidInputError(
    `image.fingerprint must be a SHA-256 in 64 hexadecimal digits, not ${describe(fingerprint)}`,
  );
}
