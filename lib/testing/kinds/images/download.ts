import { onServer, type RemoteImage, type Wanted } from '../../remote/image.js';
import { onStreams } from '../../remote/streams.js';
import type { Speaker } from '../../remote/web.js';
import { announceImage, keepImage, type NewImage } from './state/store.js';
import { readImage } from './state/archive.js';
import { findImage } from './state/images.js';
import type { Operation } from '../../state/operation.js';
import type { ImageRecord, ImageSource } from './records.js';
import type { ImageData } from '../instances/records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import type { ProductName } from '../../products/product.js';
import { quirks } from './quirks.js';

interface Protocols {
  /** How it speaks with other servers; its own way comes first. */
  readonly protocols: readonly string[];
  /** Those of which it cannot note that an image came so under a name: it is there then, and the operation fails. */
  readonly unnoted: readonly string[];
}

const protocolsOf: Readonly<Record<ProductName, Protocols>> = {
  lxd: { protocols: ['lxd', 'simplestreams'], unnoted: [] },
  incus: { protocols: ['incus', 'lxd', 'simplestreams'], unnoted: ['lxd'] },
};

/** An image to fetch, and what is to become of it. */
export interface Download extends Wanted {
  autoUpdate: boolean;
  public?: boolean;
  /** For an instance: it is marked, and one that is kept up to date is taken as it is. */
  cached?: boolean;
}

/** The image that is there now, and whether it is because of this. */
export interface Downloaded {
  image: ImageRecord;
  isNew: boolean;
}

/** Where an image is said to come from, and whether it may be another one there some day. */
interface Origin {
  source: ImageSource;
  isFollowed: boolean;
  autoUpdate: boolean;
}

const finders: Readonly<Record<string, (wanted: Wanted, by: Speaker) => Promise<RemoteImage>>> = {
  lxd: onServer,
  incus: onServer,
  simplestreams: onStreams,
};

/** How this server speaks with others while an operation runs. */
export function speaker({ product }: State, { signal }: Operation, certificate?: string): Speaker {
  return { product, certificate, signal };
}

/** Has an image of another server in a project: fetches it, if it is not there yet. */
export async function downloadImage(
  state: State,
  project: ProjectRecord,
  wanted: Download,
  operation: Operation,
): Promise<Downloaded> {
  const { protocols } = protocolsOf[state.product.name];
  const protocol = wanted.protocol || (protocols[0] ?? '');
  const find = protocols.includes(protocol) ? finders[protocol] : undefined;
  if (!find) throw new Refusal(500, `Unsupported protocol: ${protocol}`);
  const remote = await find(wanted, speaker(state, operation, wanted.certificate));
  const kept = wanted.cached ? followed(project, protocol, wanted) : undefined;
  if (kept) return { image: kept, isNew: false };
  const { name: alias, server, certificate = '' } = wanted;
  const isFollowed = alias !== remote.fingerprint && !wanted.secret;
  const more = { public: wanted.public ?? false, cached: wanted.cached ?? false };
  const source = { alias, certificate, protocol, server };
  const origin = { source, isFollowed, autoUpdate: wanted.autoUpdate };
  return bring(state, project, remote, operation, more, origin);
}

/** Has an image in a project that is known by now; `more` is what it is beside what the other server says of it. */
export async function bring(
  state: State,
  project: ProjectRecord,
  remote: RemoteImage,
  operation: Operation,
  more: Partial<ImageRecord>,
  origin?: Origin,
): Promise<Downloaded> {
  const { fingerprint } = remote;
  const present = findImage(project, fingerprint);
  if (present) return { image: present, isNew: false };
  const elsewhere = [...state.projects.values()].flatMap(({ images }) => images.get(fingerprint) ?? [])[0];
  const image: NewImage = elsewhere
    ? copyOf(elsewhere)
    : await remote.fetch((text) => operation.replace({ download_progress: text }));
  const imageData = image.imageData ?? (await readable(image));
  if (operation.isFinal) throw new Refusal(500, 'context canceled');
  // Somebody else may have been faster.
  const meanwhile = project.images.get(image.fingerprint);
  if (meanwhile) return { image: meanwhile, isNew: false };
  const stored = keepImage(state, project, { ...image, imageData, ...more });
  const { unnoted } = protocolsOf[state.product.name];
  // Of the twin of another project's image it is noted in any case.
  if (origin && (origin.isFollowed || elsewhere)) {
    const { source } = origin;
    if (unnoted.includes(source.protocol)) throw new Refusal(500, `Invalid protocol: ${source.protocol}`);
    stored.source = source;
    if (!elsewhere) stored.autoUpdate = origin.autoUpdate;
  }
  if (quirks[state.product.name].announcesDownloads && !elsewhere) announceImage(state, project, stored);
  return { image: stored, isNew: true };
}

/** What the archive of an image says; that of a fixture may be anything. */
async function readable({ data, metadata }: NewImage): Promise<ImageData | undefined> {
  try {
    return (await readImage(data, metadata))?.imageData;
  } catch (error) {
    if (error instanceof Refusal) return undefined;
    throw error;
  }
}

/** What another project's image gives to its twin. */
function copyOf({ fingerprint, size, data, ...image }: ImageRecord): NewImage {
  const { metadata, imageData, type, architecture, filename, properties, createdAt, expiresAt } = image;
  const about = { type, architecture, filename, properties, createdAt, expiresAt };
  return { fingerprint, size, data, metadata, imageData, ...about, autoUpdate: image.autoUpdate };
}

/** The image that came by this very name and is kept up to date: it is used though there may be a newer one. */
function followed(
  project: ProjectRecord,
  protocol: string,
  { server, name }: Download,
): ImageRecord | undefined {
  return [...project.images.values()].findLast(
    ({ autoUpdate, source }) =>
      autoUpdate && source?.protocol === protocol && source.server === server && source.alias === name,
  );
}
