import { createHash, X509Certificate } from 'node:crypto';
import { isLxdError, NotFoundError } from '../../errors/index.js';
import { SimpleStreams } from '../../resources/simplestreams/simplestreams.js';
import type { SimpleStreamsImage } from '../../resources/simplestreams/image.js';
import { receive, type Upload } from '../kinds/images/upload.js';
import type { NewImage } from '../kinds/images/state/store.js';
import { dict } from '../state/maps.js';
import type { InstanceType } from '../kinds/instances/records.js';
import { Refusal } from '../state/refusal.js';
import { epoch } from '../state/time.js';
import { metered, notFoundThere, type Progress, type RemoteImage, type Wanted } from './image.js';
import { ask, reasonOf, statusLine, type Speaker } from './web.js';
import { quirks } from './quirks.js';

/** An image of an image server. */
export async function onStreams(wanted: Wanted, by: Speaker): Promise<RemoteImage> {
  const image = await find(wanted, by).catch((error: unknown) => {
    throw new Refusal(500, `${notFoundThere}Failed getting image: ${problemOf(error, wanted.server, by)}`);
  });
  return { fingerprint: image.fingerprint, fetch: (progress) => download(image, by, progress) };
}

async function find({ server, certificate, name, type }: Wanted, by: Speaker): Promise<SimpleStreamsImage> {
  const { signal, product } = by;
  const trust = certificate
    ? { [new X509Certificate(certificate).ca ? 'ca' : 'serverCert']: certificate }
    : {};
  const streams = new SimpleStreams(server, { ...trust, product: product.name });
  try {
    return await streams.getByAlias(name, { type: (type || undefined) as InstanceType | undefined, signal });
  } catch (error) {
    if (!(error instanceof NotFoundError) || !/^[0-9a-f]{1,64}$/i.test(name)) throw error;
    return streams.get(name, { signal });
  }
}

/** As simplestreams in Go says it, of the file of the tree that is read first. */
function problemOf(error: unknown, server: string, { product }: Speaker): string {
  const index = `${server}/streams/v1/index.json`;
  if (!isLxdError(error)) return 'Invalid remote certificate';
  if (error instanceof NotFoundError) return "The requested image couldn't be found";
  if (error.status !== undefined)
    return `Failed parsing stream: Unable to fetch ${index}: ${String(error.status)} Not Found`;
  const { cause } = error as { cause?: NodeJS.ErrnoException };
  const why = cause ? `Get "${index}": ${reasonOf(cause, index, product)}` : error.message;
  return `Failed parsing stream: ${why}`;
}

async function download(image: SimpleStreamsImage, by: Speaker, progress: Progress): Promise<NewImage> {
  const files: Upload[] = [];
  for (const { url, sha256, size, role } of image.files) {
    const response = await ask(url, by);
    if (response.statusCode !== 200) {
      const why = response.statusCode === 404 ? quirks[by.product.name].missingFile : statusLine(response);
      throw new Refusal(500, `Unable to fetch ${url}: ${why}`);
    }
    const stage = role === 'rootfs' ? 'rootfs: ' : 'metadata: ';
    const came = await receive(metered(response, size, progress, stage));
    if (sha256 && came.fingerprint !== sha256)
      throw new Refusal(500, `Hash mismatch for ${url}: ${came.fingerprint} != ${sha256}`);
    files.push(came);
  }
  const [first, second] = files.map(({ data }) => data);
  const whole = createHash('sha256');
  for (const { data } of files) for (const piece of data) whole.update(piece);
  const { fingerprint, type, architecture, properties, createdAt, expiresAt, size } = image;
  const came = whole.digest('hex');
  if (came !== fingerprint) {
    throw new Refusal(500, `Image fingerprint doesn't match. Got ${came} expected ${fingerprint}`);
  }
  return {
    ...{ fingerprint, type, architecture, size, properties: dict(properties) },
    data: second ?? first ?? [],
    ...(second && { metadata: first }),
    filename: new URL(image.files[0]?.url ?? '').pathname.split('/').at(-1) ?? '',
    createdAt: goTime(createdAt),
    expiresAt: expiresAt ? goTime(expiresAt) : epoch,
  };
}

function goTime(time: Date): string {
  return time.toISOString().replace('.000Z', 'Z');
}
