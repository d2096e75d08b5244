import type { Product } from '../options.js';

/** A server that `lxc` or `incus` knows by a name. */
export interface Remote {
  name: string;
  /** Whose configuration it is in. */
  product: Product;
  /** What is spoken there: the product's API, or one of servers that have images only (`simplestreams`, `oci`). */
  protocol: string;
  /** URLs or sockets (`unix://` = the local server is searched for), in the order in which they are tried. */
  addresses: string[];
  /** The project that is worked in; undefined for the server's default. */
  project: string | undefined;
  /** How one logs in: `tls` or `oidc`; undefined where nobody does. */
  authType: string | undefined;
  /** Has images for everybody, and is no server to work with. */
  isPublic: boolean;
  /** The one that the command line takes when none is named. */
  isDefault: boolean;
  /** The file that says so; undefined for those that are built into the command line. */
  file: string | undefined;
}

/** Those that nobody has to add. */
export const builtIn: Readonly<Record<Product, Readonly<Record<string, string>>>> = {
  lxd: {
    ubuntu: 'https://cloud-images.ubuntu.com/releases',
    'ubuntu-daily': 'https://cloud-images.ubuntu.com/daily',
  },
  incus: {},
};

/** The image server that stands in a configuration from the beginning. */
export const images: Readonly<Record<Product, string>> = {
  lxd: 'https://images.lxd.canonical.com',
  incus: 'https://images.linuxcontainers.org',
};

/** What the command line calls the server of this machine. */
export const localName = 'local';

/** Is it good for images only? */
export function isImageServer({ isPublic, protocol }: Pick<Remote, 'isPublic' | 'protocol'>): boolean {
  return isPublic || (protocol !== 'lxd' && protocol !== 'incus');
}

/** As a person writes it who means this one. */
export function fullName({ product, name }: Pick<Remote, 'name' | 'product'>): string {
  return `${product}:${name}`;
}
