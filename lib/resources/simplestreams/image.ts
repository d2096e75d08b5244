import type { Product } from '../../connect/index.js';
import { InvalidInputError } from '../../errors/index.js';
import type { Progress } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import { exportFiles } from './export.js';
import type { ListedImage } from './list.js';
import type { Place } from './place.js';

/** A file of an image on its server. */
export interface SimpleStreamsFile {
  /** The image's description, its root file system, or both in one. */
  role: 'metadata' | 'rootfs' | 'combined';
  url: string;
  /** Bytes. */
  size: number;
  /** Undefined where the server does not say. */
  sha256: string | undefined;
}

/** The API's description of an image on a simplestreams server. */
export type SimpleStreamsSource = {
  type: 'image';
  mode: 'pull';
  protocol: 'simplestreams';
  server: string;
  certificate?: string | undefined;
  fingerprint?: string | undefined;
  alias?: string | undefined;
  image_type?: InstanceType | undefined;
};

export interface SimpleStreamsExportOptions extends CallOptions {
  onProgress?: ((progress: Progress) => void) | undefined;
}

/** An image of a public image server. Give it to `instances.create({ source })` or `images.create()`. */
export class SimpleStreamsImage {
  /** SHA-256 of its file or files, 64 hexadecimal digits: what LXD and Incus call the image, too. */
  readonly fingerprint: string;
  readonly type: InstanceType;
  /** The kernel's name: `x86_64`, `aarch64`. */
  readonly architecture: string;
  /** Bytes of its files. */
  readonly size: number;
  /** The version, `20261121_07:42`; greater is newer. */
  readonly serial: string;
  /** The day of the version, at midnight UTC. */
  readonly createdAt: Date;
  /** When support for what is in it ends; null where the server does not say. */
  readonly expiresAt: Date | null;
  /** `os`, `release`, `variant`, `description`, `requirements.*` and others, as servers that fetch it keep them. */
  readonly properties: Readonly<Record<string, string>>;
  /** The names that mean this very image among those of its type and architecture; older versions have none. */
  readonly aliases: readonly string[];
  /** For whose servers it is. */
  readonly products: readonly Product[];
  readonly files: readonly SimpleStreamsFile[];
  /** The server's URL, without a slash at the end. */
  readonly server: string;
  readonly #place: Place;

  /** @internal */
  constructor(place: Place, listed: ListedImage, aliases: readonly string[]) {
    this.fingerprint = listed.fingerprint;
    this.type = listed.type;
    this.architecture = listed.architecture;
    this.size = listed.size;
    this.serial = listed.serial;
    this.createdAt = listed.createdAt;
    this.expiresAt = listed.expiresAt;
    this.properties = listed.properties;
    this.aliases = aliases;
    this.products = listed.products;
    this.files = listed.files.map(({ path, ...file }) => ({ ...file, url: place.resolve(path).href }));
    this.server = place.server;
    this.#place = place;
  }

  /**
   * How LXD and Incus are told to fetch it themselves: this very image, or with `alias` what that name means to them,
   * now and whenever they look for a newer version (`autoUpdate`). @throws InvalidInputError for an alias it has not
   */
  source({ alias }: { alias?: string | undefined } = {}): SimpleStreamsSource {
    if (alias !== undefined && !this.aliases.includes(alias)) {
      const known = this.aliases.length > 0 ? this.aliases.join(', ') : 'none';
      throw new InvalidInputError(
        `'${alias}' is no alias of image ${this.fingerprint.slice(0, 12)} (it has ${known})`,
      );
    }
    const { server, certificate } = this.#place;
    return {
      type: 'image',
      mode: 'pull',
      protocol: 'simplestreams',
      server,
      ...(certificate !== undefined && { certificate }),
      // A name may mean a container and a virtual machine.
      ...(alias === undefined ? { fingerprint: this.fingerprint } : { alias, image_type: this.type }),
    };
  }

  /**
   * Downloads its files to a directory, each whole and checked against its SHA-256 and the image's fingerprint, and
   * resolves with what `images.create()` takes: the path of one file, or those of two.
   * @throws InvalidInputError for a directory that cannot be written; IntegrityError if other bytes come; ConnectionError
   */
  exportTo(
    directory: string,
    options: SimpleStreamsExportOptions = {},
  ): Promise<string | { metadata: string; rootfs: string }> {
    return exportFiles(this.#place, this, directory, options);
  }
}
