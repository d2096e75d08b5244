import { FileSystem } from '../../../files/file-system.js';
import { readTar, type TarEntry } from '../../../archive/tar.js';
import { Refusal } from '../../../state/refusal.js';
import { architectureOf } from '../../instances/state/architectures.js';
import type { ImageData, ImageMetadata, InstanceType, LogFile } from '../../instances/records.js';
import { parseMetadata } from './metadata.js';
import { formOf } from './forms.js';

/** What an archive says of the image in it. */
export interface ImageAbout {
  /** Undefined where it has no root file system: another archive has it. */
  type: InstanceType | undefined;
  architecture: string;
  imageData: ImageData & { metadata: ImageMetadata };
}

type Chunks = readonly Uint8Array[];

/**
 * What is said of an image by its archive, or by the one of two that describes it; `undefined` for one that Node cannot
 * unpack. @throws Refusal with what the servers say of what is no image
 */
export async function readImage(data: Chunks, description?: Chunks): Promise<ImageAbout | undefined> {
  const chunks = description ?? data;
  const start = beginning(chunks, 512);
  if (start.length === 0) throw new Refusal(500, 'EOF');
  const form = formOf(start);
  if (!form) throw new Refusal(500, 'Unsupported compression');
  if (!form.unpack) return undefined;
  const size = sizeOf(chunks);
  // What is asked for is at its beginning, as a rule: the rest need not be unpacked.
  for (let length = 2 ** 17; ; length *= 8) {
    const found = await find(form.unpack(beginning(chunks, length)), length < size);
    if (!found) continue;
    const unpack = () => rootIn(data, description === undefined ? 'rootfs' : '');
    return aboutOf(found, found.type === 'container' || description ? unpack : undefined);
  }
}

/** What is kept of an image because its archive says so. */
export function saidBy({ architecture, imageData }: ImageAbout) {
  const { creation_date: created, expiry_date: expiry } = imageData.metadata;
  return {
    ...{ architecture, imageData, createdAt: seconds(created) },
    ...(expiry !== 0 && { expiresAt: seconds(expiry) }),
  };
}

const seconds = (since: number): string => new Date(since * 1000).toISOString().replace(/\.\d+/, '');

interface Found {
  metadata: ImageMetadata;
  type: InstanceType | undefined;
  templates: Map<string, LogFile>;
}

/** Undefined if there must be more of it. */
async function find(bytes: Buffer, isCut: boolean): Promise<Found | undefined> {
  let metadata: ImageMetadata | undefined;
  let type: InstanceType | undefined;
  const templates: Found['templates'] = new Map();
  const isEnough = () => metadata && type && Object.keys(metadata.templates ?? {}).length === 0;
  try {
    for (const entry of readTar(bytes)) {
      if (entry.path === 'metadata.yaml' && entry.node.type === 'file')
        metadata = await parseMetadata(entry.node.data.toString());
      const template = templateOf(entry);
      if (template) templates.set(...template);
      type = typeOf(entry) ?? type;
      if (isEnough()) break;
    }
    if (isCut && !isEnough()) return undefined;
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    if (isCut) return undefined;
    // The servers look no further than for these two.
    if (!metadata || !type) throw new Refusal(500, error.message);
  }
  if (!metadata) throw new Refusal(500, 'Metadata tarball is missing metadata.yaml');
  return { metadata, type, templates };
}

function typeOf({ path, node }: TarEntry): InstanceType | undefined {
  if (path.startsWith('rootfs/') || (path === 'rootfs' && node.type === 'directory')) return 'container';
  return path === 'rootfs.img' ? 'virtual-machine' : undefined;
}

function templateOf({ path, node }: TarEntry): [string, LogFile] | undefined {
  const [, name] = /^templates\/([^/]+)$/.exec(path) ?? [];
  if (name === undefined || node.type !== 'file') return undefined;
  return [name, { data: node.data, modified: node.modified }];
}

function aboutOf({ metadata, type, templates }: Found, unpack: ImageData['unpack']): ImageAbout {
  const architecture = architectureOf(metadata.architecture);
  if (!architecture) throw new Refusal(500, `Architecture isn't supported: ${metadata.architecture}`);
  if (metadata.creation_date === 0) throw new Refusal(500, 'Missing creation date');
  return { type, architecture, imageData: { metadata, templates, unpack } };
}

/** The files below a folder of an archive; undefined without any that can be read. */
function rootIn(chunks: Chunks, folder: string): FileSystem | undefined {
  const form = formOf(beginning(chunks, 512));
  if (!form?.unpack) return undefined;
  const files = new FileSystem();
  let count = 0;
  try {
    for (const { path, node } of readTar(form.unpack(beginning(chunks, sizeOf(chunks))))) {
      if (folder && path !== folder && !path.startsWith(`${folder}/`)) continue;
      const at = path.slice(folder.length) || '/';
      files.put(at, node);
      if (at !== '/') count++;
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
  }
  return count > 0 ? files : undefined;
}

const sizeOf = (chunks: Chunks): number => chunks.reduce((sum, { length }) => sum + length, 0);

function beginning(chunks: Chunks, length: number): Buffer {
  const some: Uint8Array[] = [];
  for (let have = 0, index = 0; have < length && index < chunks.length; index++) {
    const chunk = chunks[index]!;
    some.push(chunk.subarray(0, length - have));
    have += chunk.length;
  }
  return Buffer.concat(some);
}
