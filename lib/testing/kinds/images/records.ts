import type { StringMap } from '../../state/maps.js';
import type { ImageData, InstanceType } from '../instances/records.js';

/** Where an image was fetched from, if it may be another one there by now. */
export interface ImageSource {
  alias: string;
  certificate: string;
  protocol: string;
  server: string;
}

/** An image as it is kept, with the bytes that were uploaded in the pieces in which they came. */
export interface ImageRecord {
  fingerprint: string;
  type: InstanceType;
  architecture: string;
  filename: string;
  properties: StringMap;
  profiles: string[];
  public: boolean;
  autoUpdate: boolean;
  cached: boolean;
  size: number;
  createdAt: string;
  expiresAt: string;
  lastUsedAt: string;
  uploadedAt: string;
  source?: ImageSource | undefined;
  data: Uint8Array[];
  /** Of an image in two files, the one that says what it is; the other is `data`. */
  metadata?: Uint8Array[] | undefined;
  /** What its archive says, if it could be read. */
  imageData?: ImageData | undefined;
}

/** An alias of an image as it is kept. */
export interface AliasRecord {
  name: string;
  description: string;
  /** A fingerprint. */
  target: string;
}
