import { isObject } from '../http/decode.js';
import { isArchitecture } from '../kinds/instances/state/architectures.js';
import type { ProductName } from '../products/product.js';
import type { InstanceType } from '../kinds/instances/records.js';

/** A file of an image; its path is below the server's URL, or a URL. */
export interface StreamFile {
  path: string;
  size: number;
  sha256: string;
}

/** An image of a product file, as the servers take it from there. */
export interface StreamImage {
  fingerprint: string;
  type: InstanceType;
  architecture: string;
  aliases: string[];
  /** `20261121_07:42`: the newest is the greatest. */
  serial: string;
  createdAt: string;
  expiresAt: string | undefined;
  properties: Record<string, string>;
  /** One, or the description and the root file system. */
  files: StreamFile[];
}

type Map = Record<string, unknown>;

/** The root file systems, the preferred ones first, with the fields in which the description has the hash of both. */
const roots: readonly [ftype: string, type: InstanceType, fields: readonly string[]][] = [
  ['squashfs', 'container', ['combined_squashfs_sha256']],
  ['root.tar.xz', 'container', ['combined_rootxz_sha256', 'combined_sha256']],
  ['disk-kvm.img', 'virtual-machine', ['combined_disk-kvm-img_sha256']],
  ['uefi1.img', 'virtual-machine', ['combined_uefi1-img_sha256']],
  ['disk1.img', 'virtual-machine', ['combined_disk1-img_sha256']],
];

/** What trees call architectures, where the kernel has another name. */
const kernels: Readonly<Record<string, string>> = {
  amd64: 'x86_64',
  arm64: 'aarch64',
  armel: 'armv6l',
  armhf: 'armv7l',
  i386: 'i686',
  ppc64el: 'ppc64le',
};

/** The paths of the files that list images, by an index. */
export function productPaths(index: unknown): string[] {
  return maps(index, 'index').flatMap(([, entry]) =>
    entry.datatype === 'image-downloads' && text(entry, 'path') ? [text(entry, 'path')] : [],
  );
}

/** The images that a product file has for one hypervisor, the newest first. */
export function imagesIn(list: unknown, hypervisor: ProductName): StreamImage[] {
  const images = maps(list, 'products').flatMap(([, product]) =>
    maps(product, 'versions').flatMap(([serial, version]) => imagesOf(product, serial, version, hypervisor)),
  );
  return images.sort((a, b) => (a.serial < b.serial ? 1 : a.serial > b.serial ? -1 : 0));
}

function imagesOf(product: Map, serial: string, version: Map, hypervisor: ProductName): StreamImage[] {
  const named = text(product, 'arch');
  const architecture = kernels[named] ?? named;
  const day = /^(\d{4})(\d\d)(\d\d)/.exec(serial)?.slice(1).join('-');
  if (!isArchitecture(architecture) || day === undefined) return [];
  const items = maps(version, 'items').map(([, item]) => item);
  const image = (meta: Map, type: InstanceType, hash: string, root?: Map): StreamImage[] => {
    if (!hash) return [];
    const end = text(product, 'support_eol');
    return [
      {
        ...{ fingerprint: hash, type, architecture, serial },
        aliases: text(product, 'aliases')
          .split(',')
          .map((name) => name.trim()),
        createdAt: `${day}T00:00:00Z`,
        expiresAt: end ? `${end}T00:00:00Z` : undefined,
        properties: properties(product, serial, version, root ? text(root, 'ftype') : 'tar.gz'),
        files: [meta, ...(root ? [root] : [])].map(fileOf),
      },
    ];
  };
  return items.flatMap((meta) => {
    const ftype = text(meta, 'ftype');
    if (ftype === `${hypervisor}_combined.tar.gz`) return image(meta, 'container', text(meta, 'sha256'));
    if (ftype !== `${hypervisor}.tar.xz`) return [];
    return roots.flatMap(([name, type, fields]) => {
      const root = items.find((item) => text(item, 'ftype') === name);
      return root
        ? image(meta, type, fields.map((field) => text(meta, field)).find(Boolean) ?? '', root)
        : [];
    });
  });
}

function properties(product: Map, serial: string, version: Map, type: string): Record<string, string> {
  const of = (key: string) => text(product, key);
  const label = text(version, 'label');
  const title = [of('os'), of('release_title'), of('arch'), ...(label ? [`(${label})`] : [])].join(' ');
  const requirements = product.requirements ?? product.lxd_requirements;
  const all = {
    ...Object.fromEntries(['os', 'release', 'version', 'variant'].map((key) => [key, of(key)] as const)),
    ...{ architecture: of('arch'), label, serial, type, description: `${title} (${serial})` },
    ...Object.fromEntries(
      Object.entries(isObject(requirements) ? requirements : {}).map(
        ([key, value]) => [`requirements.${key}`, String(value)] as const,
      ),
    ),
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== ''));
}

function fileOf(item: Map): StreamFile {
  return { path: text(item, 'path'), size: Number(item.size), sha256: text(item, 'sha256') };
}

/** The objects of a map that are objects themselves. */
function maps(from: unknown, key: string): [name: string, entry: Map][] {
  const map = isObject(from) ? from[key] : undefined;
  return Object.entries(isObject(map) ? map : {}).filter((entry): entry is [string, Map] =>
    isObject(entry[1]),
  );
}

function text(map: Map, key: string): string {
  const value = Object.hasOwn(map, key) ? map[key] : undefined;
  return typeof value === 'string' ? value : '';
}
