import { createHash } from 'node:crypto';
import { parseJson } from '../http/decode.js';
import { receive, type Upload } from '../kinds/images/upload.js';
import type { NewImage } from '../kinds/images/state/store.js';
import { dict } from '../state/maps.js';
import { Refusal } from '../state/refusal.js';
import { epoch } from '../state/time.js';
import { metered, notFoundThere, prefixed, type Progress, type RemoteImage, type Wanted } from './image.js';
import { quirks } from './quirks.js';
import { imagesIn, productPaths, type StreamImage } from './stream-list.js';
import { ask, statusLine, trust, type Speaker } from './web.js';

const notFound = "The requested image couldn't be found";

/** An image of an image server. */
export async function onStreams(wanted: Wanted, by: Speaker): Promise<RemoteImage> {
  const image = await prefixed(`${notFoundThere}Failed getting image: `, find(wanted, by));
  const { server } = wanted;
  return { fingerprint: image.fingerprint, fetch: (progress) => download(server, image, by, progress) };
}

/** By its alias, which is of a container rather than of a virtual machine, or by the beginning of its fingerprint. */
async function find({ server, certificate, name, type }: Wanted, by: Speaker): Promise<StreamImage> {
  if (certificate) trust(certificate, '');
  const images = await list(server, by);
  const named = images.filter(({ aliases, architecture }) =>
    aliases.some((alias) => [alias, `${alias}/${architecture}`].includes(name)),
  );
  const fitting = named.filter((image) => !type || image.type === type);
  const containers = fitting.filter((image) => image.type === 'container');
  const among = containers.length > 0 ? containers : fitting;
  const isPart = /^[0-9a-f]{1,64}$/.test(name);
  const image =
    among.find((one) => one.architecture === 'x86_64') ??
    among[0] ??
    images.find(({ fingerprint }) => isPart && fingerprint.startsWith(name));
  if (!image) throw new Refusal(500, notFound);
  return image;
}

async function list(server: string, by: Speaker): Promise<StreamImage[]> {
  const index = `${server}/streams/v1/index.json`;
  const paths = productPaths(await prefixed('Failed parsing stream: ', json(index, by)));
  const images: StreamImage[] = [];
  for (const path of paths) {
    const products = await prefixed('Failed parsing products: ', json(urlOf(server, path), by));
    images.push(...imagesIn(products, by.product.name));
  }
  return images;
}

async function json(url: string, by: Speaker): Promise<unknown> {
  const response = await ask(url, by);
  const { data } = await receive(response);
  if (response.statusCode !== 200) throw new Refusal(500, `Unable to fetch ${url}: ${statusLine(response)}`);
  return parseJson(Buffer.concat(data).toString());
}

/** Some trees have files elsewhere. */
const urlOf = (server: string, path: string): string => new URL(path, `${server}/`).href;

async function download(
  server: string,
  image: StreamImage,
  by: Speaker,
  progress: Progress,
): Promise<NewImage> {
  const files: Upload[] = [];
  for (const [index, { path, sha256, size }] of image.files.entries()) {
    const url = urlOf(server, path);
    const response = await ask(url, by);
    if (response.statusCode !== 200) {
      const why = response.statusCode === 404 ? quirks[by.product.name].missingFile : statusLine(response);
      throw new Refusal(500, `Unable to fetch ${url}: ${why}`);
    }
    const stage = index > 0 ? 'rootfs: ' : 'metadata: ';
    const came = await receive(metered(response, size, progress, stage));
    if (sha256 && came.fingerprint !== sha256)
      throw new Refusal(500, `Hash mismatch for ${url}: ${came.fingerprint} != ${sha256}`);
    files.push(came);
  }
  const [first, second] = files.map(({ data }) => data);
  const whole = createHash('sha256');
  for (const { data } of files) for (const piece of data) whole.update(piece);
  const { fingerprint, type, architecture, properties, createdAt, expiresAt = epoch } = image;
  const came = whole.digest('hex');
  if (came !== fingerprint) {
    throw new Refusal(500, `Image fingerprint doesn't match. Got ${came} expected ${fingerprint}`);
  }
  return {
    ...{ fingerprint, type, architecture, createdAt, expiresAt, properties: dict(properties) },
    size: image.files.reduce((sum, file) => sum + file.size, 0),
    data: second ?? first ?? [],
    ...(second && { metadata: first }),
    filename: image.files[0]?.path.split('/').at(-1) ?? '',
  };
}
