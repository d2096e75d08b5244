import { ProtocolError } from '../../errors/index.js';
import { isMap, own, type Json, type JsonMap } from '../../orm/index.js';

/** One file of a version, as far as it is understood. */
export interface Item {
  ftype: string;
  path: string;
  /** Bytes. */
  size: number;
  sha256: string | undefined;
  /** Fingerprints of this file together with a root file system, by the name of their field. */
  combined: ReadonlyMap<string, string>;
}

export interface Version {
  /** `20261121_07:42`; its first eight digits are the day. */
  serial: string;
  label: string;
  items: Item[];
}

export interface Product {
  aliases: string[];
  /** As the tree spells it: Debian's name. */
  arch: string;
  os: string;
  release: string;
  releaseTitle: string;
  version: string;
  variant: string;
  /** `YYYY-MM-DD`, or anything. */
  endOfLife: string;
  requirements: [key: string, value: string][];
  versions: Version[];
}

/** The paths of the product files that list images. @throws ProtocolError if it is no index */
export function readIndex(text: string, url: string): string[] {
  const entries = own(parse(text, url), 'index');
  if (!isMap(entries)) throw new ProtocolError(`${url} is JSON, but not the index of a simplestreams server`);
  const paths = Object.values(entries).flatMap((entry) => {
    if (!isMap(entry) || entry.datatype !== 'image-downloads') return [];
    const products = own(entry, 'products');
    if (Array.isArray(products) && products.length === 0) return [];
    const path = own(entry, 'path');
    return typeof path === 'string' && path !== '' ? [path] : [];
  });
  return [...new Set(paths)];
}

/** What a product file lists; what lacks a part that an image needs is left out, as the servers do. @throws ProtocolError */
export function readProducts(text: string, url: string): Product[] {
  const products = own(parse(text, url), 'products');
  if (!isMap(products))
    throw new ProtocolError(`${url} is JSON, but lists no products as simplestreams does`);
  return Object.values(products).flatMap((product) => (isMap(product) ? [readProduct(product)] : []));
}

function readProduct(product: JsonMap): Product {
  // Incus's name first; a server for both has the same in both.
  const requirements = own(product, 'requirements') ?? own(product, 'lxd_requirements');
  return {
    aliases: readAliases(own(product, 'aliases')),
    arch: text(product, 'arch'),
    os: text(product, 'os'),
    release: text(product, 'release'),
    releaseTitle: text(product, 'release_title'),
    version: text(product, 'version'),
    variant: text(product, 'variant'),
    endOfLife: text(product, 'support_eol'),
    requirements: entries(requirements).flatMap(([key, value]) =>
      typeof value === 'string' || typeof value === 'boolean' ? [[key, String(value)]] : [],
    ),
    versions: entries(own(product, 'versions')).flatMap(([serial, version]) =>
      isMap(version) ? [readVersion(serial, version)] : [],
    ),
  };
}

function readVersion(serial: string, version: JsonMap): Version {
  const items = entries(own(version, 'items')).flatMap(([, item]) => (isMap(item) ? [readItem(item)] : []));
  return { serial, label: text(version, 'label'), items };
}

function readItem(item: JsonMap): Item {
  const size = own(item, 'size');
  const combined = Object.keys(item).flatMap((key): [string, string][] => {
    const hash = key.startsWith('combined_') ? sha256(item, key) : undefined;
    return hash === undefined ? [] : [[key, hash]];
  });
  return {
    ftype: text(item, 'ftype'),
    path: text(item, 'path'),
    size: typeof size === 'number' && size >= 0 ? size : 0,
    sha256: sha256(item, 'sha256'),
    combined: new Map(combined),
  };
}

/** A list in one text, separated by commas. */
function readAliases(aliases: Json): string[] {
  if (typeof aliases !== 'string') return [];
  const names = aliases.split(',').map((name) => name.trim());
  return [...new Set(names.filter((name) => name !== ''))];
}

function sha256(map: JsonMap, key: string): string | undefined {
  const hash = text(map, key).toLowerCase();
  return /^[0-9a-f]{64}$/.test(hash) ? hash : undefined;
}

function text(map: JsonMap, key: string): string {
  const value = own(map, key);
  return typeof value === 'string' ? value : '';
}

function entries(value: Json): [string, Json][] {
  return isMap(value) ? Object.entries(value) : [];
}

function parse(body: string, url: string): JsonMap {
  let value: unknown;
  try {
    value = JSON.parse(body.replace(/^\uFEFF/, ''));
  } catch {
    const start = JSON.stringify(body.slice(0, 60).trim());
    throw new ProtocolError(`${url} is not JSON (${start}): is it a simplestreams server?`);
  }
  return isMap(value) ? value : {};
}
