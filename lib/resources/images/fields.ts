import { named } from '../../errors/index.js';
import { field, part, unixZero } from '../../orm/index.js';
import { Resource } from '../kind/resource.js';

/** A name of an image, as the image has it; as a thing of its own it is in `client.images.aliases`. */
export class ImageAliasName {
  @part() readonly name!: string;
  @part() readonly description!: string;
}

/** Where an image is refreshed from. */
export class ImageUpdateSource {
  @part() readonly alias!: string;
  @part() readonly protocol!: string;
  @part() readonly server!: string;
  @part() readonly imageType!: string;
}

/** What the server tells of an image: apart from what can be done with one, which makes images itself. */
export abstract class ImageFields extends Resource {
  /** SHA-256 of its file or files, 64 hexadecimal digits. */
  @field({ key: true }) readonly fingerprint!: string;
  /** Whether it can be had without being trusted. */
  @field({ writable: true, scalar: 'boolean' }) public!: boolean;
  @field({ writable: true, scalar: 'boolean' }) autoUpdate!: boolean;
  /** When the server may delete it; null for never. */
  @field({ writable: true, form: 'time', none: unixZero }) expiresAt!: Date | null;
  @field({ writable: true, form: 'map' }) properties!: Record<string, string>;
  /** The profiles that instances made of it get by default. */
  @field({ writable: true, form: 'list' }) profiles!: string[];
  @field({ type: () => ImageAliasName }) readonly aliases!: readonly ImageAliasName[];
  @field() readonly architecture!: string;
  /** Whether the server fetched it by itself for an instance. */
  @field({ scalar: 'boolean' }) readonly cached!: boolean;
  @field() readonly filename!: string;
  /** Bytes. */
  @field() readonly size!: number;
  /** `container` or `virtual-machine`. */
  @field() readonly type!: string;
  @field({ type: () => ImageUpdateSource }) readonly updateSource!: ImageUpdateSource | undefined;
  @field({ form: 'time' }) readonly createdAt!: Date | null;
  @field({ form: 'time' }) readonly lastUsedAt!: Date | null;
  @field({ form: 'time' }) readonly uploadedAt!: Date | null;
  @field() readonly project!: string;
}

named({ ImageAliasName, ImageUpdateSource });
