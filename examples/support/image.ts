import type { Client, Image } from 'tslxd';
import { FakeClient } from './connect.js';
import { unique } from './names.js';
import { tar } from './tar.js';
import { buildTinyImage } from './tiny-image.js';

/** An image to make containers of; given back, it is deleted if it was made for the purpose. */
export interface BorrowedImage extends AsyncDisposable {
  image: Image;
  /** Where it comes from, for people. */
  about: string;
  /** Whether it was made now. */
  made: boolean;
}

/**
 * An image to make containers of: the busybox one that is there already, or one made now (1 MB), or the smallest
 * container image that the server has. Your own code names an image of its own: `source: 'my-alias'`.
 */
export async function someImage(client: Client): Promise<BorrowedImage> {
  const images = await client.images.all();
  const known = images.find(({ aliases }) => aliases.some(({ name }) => name === 'tslxd-busybox'));
  if (known) return borrowed(known, 'tslxd-busybox, which the server has');
  const made = await newImage(client).catch((error: unknown) => error as Error);
  if (!(made instanceof Error)) {
    const image = await client.images.create(made.bytes, { filename: 'tiny.tar.gz' });
    return { image, made: true, about: made.about, [Symbol.asyncDispose]: () => image.delete() };
  }
  const architectures = client.server.environment?.architectures ?? [];
  const [smallest] = images
    .filter(({ type, architecture }) => type === 'container' && architectures.includes(architecture))
    .sort((a, b) => a.size - b.size);
  if (smallest) return borrowed(smallest, `${smallest.properties.description ?? smallest.key}, the smallest`);
  throw new Error(
    `The server has no image to make a container of, and none can be made here. ${made.message}`,
  );
}

function borrowed(image: Image, about: string): BorrowedImage {
  return { image, made: false, about, [Symbol.asyncDispose]: () => Promise.resolve() };
}

/** The fake server runs no program of an image, so there one without any will do. */
async function newImage(client: Client): Promise<{ bytes: Buffer; about: string }> {
  const salt = unique('image'); // a fingerprint of its own, which cannot belong to anybody else's image
  // A fake that the specs have started is met over its socket, and looks like a real server.
  const isFake = client instanceof FakeClient || process.env.TSLXD_EXAMPLE_SERVER === 'fake';
  if (isFake) return { bytes: emptyImage(salt), about: 'made now, of nothing' };
  return { bytes: await buildTinyImage({ salt }), about: 'made now, of busybox' };
}

function emptyImage(salt: string): Buffer {
  const metadata = { architecture: 'x86_64', creation_date: 1, properties: { salt } };
  return tar([{ path: 'metadata.yaml', content: JSON.stringify(metadata) }, { path: 'rootfs/' }]);
}
