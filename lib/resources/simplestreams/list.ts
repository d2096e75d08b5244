import type { Product as Hypervisor } from '../../connect/index.js';
import type { InstanceType } from '../../rest/endpoints/index.js';
import { kernelArchitecture } from './architectures.js';
import type { Item, Product, Version } from './tree.js';

/** One file of an image. */
export interface ListedFile {
  /** The image's own description, its root file system, or both in one. */
  role: 'metadata' | 'rootfs' | 'combined';
  path: string;
  /** Bytes. */
  size: number;
  sha256: string | undefined;
}

/** An image as a tree describes it. */
export interface ListedImage {
  fingerprint: string;
  type: InstanceType;
  architecture: string;
  size: number;
  serial: string;
  createdAt: Date;
  expiresAt: Date | null;
  properties: Record<string, string>;
  /** The names of the product; of the images of it, one has them. */
  names: string[];
  /** For whose servers it is. */
  products: Hypervisor[];
  files: ListedFile[];
}

/** The kinds of root file systems, the preferred ones first, and the fields of their fingerprints. */
const roots: Record<string, { fields: string[]; type: InstanceType }> = {
  squashfs: { fields: ['combined_squashfs_sha256'], type: 'container' },
  'root.tar.xz': { fields: ['combined_rootxz_sha256', 'combined_sha256'], type: 'container' },
  'disk-kvm.img': { fields: ['combined_disk-kvm-img_sha256'], type: 'virtual-machine' },
  'uefi1.img': { fields: ['combined_uefi1-img_sha256'], type: 'virtual-machine' },
  'disk1.img': { fields: ['combined_disk1-img_sha256'], type: 'virtual-machine' },
};

const preference = Object.keys(roots);

/** Every image of the products, in the order in which the servers prefer them: by name, the newest first. */
export function listImages(products: readonly Product[]): ListedImage[] {
  const images = new Map<string, ListedImage>();
  for (const product of products) {
    for (const version of product.versions) {
      for (const image of imagesOf(product, version)) {
        const twin = images.get(image.fingerprint);
        // The same files under the names of both hypervisors are one image.
        if (!twin) images.set(image.fingerprint, image);
        else {
          twin.products = [...new Set([...twin.products, ...image.products])];
          twin.names = [...new Set([...twin.names, ...image.names])];
        }
      }
    }
  }
  return [...images.values()].sort(byPreference);
}

function* imagesOf(product: Product, version: Version): Generator<ListedImage> {
  const architecture = kernelArchitecture(product.arch);
  const createdAt = dayOf(version.serial);
  if (architecture === undefined || createdAt === undefined) return;
  for (const { name, metadata, root } of pairs(version)) {
    const kind = root && roots[root.ftype];
    const fingerprint = kind
      ? kind.fields.map((field) => metadata.combined.get(field)).find((hash) => hash !== undefined)
      : metadata.sha256;
    if (fingerprint === undefined || metadata.path === '' || root?.path === '') continue;
    yield {
      fingerprint,
      type: kind?.type ?? 'container',
      architecture,
      size: metadata.size + (root?.size ?? 0),
      serial: version.serial,
      createdAt,
      expiresAt: endOfLife(product.endOfLife),
      properties: properties(product, version, root?.ftype ?? 'tar.gz'),
      names: product.aliases,
      products: [name],
      files: root ? [fileOf('metadata', metadata), fileOf('rootfs', root)] : [fileOf('combined', metadata)],
    };
  }
}

/** The files of a version that make an image together. */
function* pairs({ items }: Version): Generator<{ name: Hypervisor; metadata: Item; root?: Item }> {
  for (const name of ['lxd', 'incus'] as const) {
    for (const metadata of items) {
      if (metadata.ftype === `${name}_combined.tar.gz`) yield { name, metadata };
      if (metadata.ftype !== `${name}.tar.xz`) continue;
      for (const root of items) if (Object.hasOwn(roots, root.ftype)) yield { name, metadata, root };
    }
  }
}

function fileOf(role: ListedFile['role'], { path, size, sha256 }: Item): ListedFile {
  return { role, path, size, sha256 };
}

/** Those that a server gives the image when it fetches it. */
function properties(product: Product, version: Version, type: string): Record<string, string> {
  const label = version.label && ` (${version.label})`;
  const all: [string, string][] = [
    ['os', product.os],
    ['release', product.release],
    ['version', product.version],
    ['variant', product.variant],
    ['architecture', product.arch],
    ['label', version.label],
    ['serial', version.serial],
    ['type', type],
    ['description', `${product.os} ${product.releaseTitle} ${product.arch}${label} (${version.serial})`],
    ...product.requirements.map(([key, value]): [string, string] => [`requirements.${key}`, value]),
  ];
  return Object.fromEntries(all.filter(([, value]) => value !== ''));
}

/** The day that a serial begins with; the servers pass over versions without. */
function dayOf(serial: string): Date | undefined {
  const found = /^(\d{4})(\d\d)(\d\d)/.exec(serial);
  return found ? realDay(found.slice(1).join('-')) : undefined;
}

function endOfLife(text: string): Date | null {
  return (/^\d{4}-\d\d-\d\d$/.test(text) ? realDay(text) : undefined) ?? null;
}

/** `Date` takes 30 February for 2 March. */
function realDay(text: string): Date | undefined {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text) ? day : undefined;
}

function byPreference(a: ListedImage, b: ListedImage): number {
  return (
    compare(a.properties.os, b.properties.os) ||
    compare(a.properties.release, b.properties.release) ||
    compare(a.properties.variant, b.properties.variant) ||
    -compare(a.serial, b.serial) ||
    compare(a.architecture, b.architecture) ||
    preference.indexOf(a.properties.type ?? '') - preference.indexOf(b.properties.type ?? '')
  );
}

function compare(a = '', b = ''): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
