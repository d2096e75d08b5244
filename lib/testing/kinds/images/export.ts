import type { Call } from '../../http/call.js';
import { formOf } from '../../http/form.js';
import type { ImageRecord } from './records.js';
import { findVisible } from './find.js';
import { formOf as archiveForm } from './state/forms.js';
import { quirks } from './quirks.js';

/** What is sent with the bytes of an image, beside what both send. */
const exportHeaders = { lxd: {}, incus: { 'x-incus-type': 'incus' } };

/** An image as it goes over the wire: its one file, or a form with its two. */
export interface ImageBody {
  headers: Record<string, string>;
  bytes: AsyncGenerator<Uint8Array, void, void>;
}

export function imageBody({ fingerprint, data, metadata, size }: ImageRecord, rootfs = 'rootfs'): ImageBody {
  if (!metadata) {
    const headers = { 'content-type': 'application/octet-stream', 'content-length': String(size) };
    return { headers, bytes: pieces(data) };
  }
  const form = formOf([
    { name: 'metadata', filename: `meta-${fingerprint}${extension(metadata)}`, data: metadata },
    { name: rootfs, filename: `${fingerprint}${extension(data)}`, data },
  ]);
  return { headers: { 'content-type': form.contentType }, bytes: pieces(form.pieces) };
}

/** GET: the bytes of an image. */
export function exported(call: Call): Response {
  const { project, image } = findVisible(call, quirks[call.product.name].missing(call.param('fingerprint')));
  const { fingerprint, data, metadata, type } = image;
  const { headers, bytes } = imageBody(image, type === 'container' ? 'rootfs' : 'rootfs.img');
  call.state.lifecycle(project.name, 'image-retrieved', ['images', fingerprint]);
  if (!metadata) headers['content-disposition'] = `inline;filename=${fingerprint}${extension(data)}`;
  return new Response(streamed(bytes), { headers: { ...headers, ...exportHeaders[call.product.name] } });
}

/** How the name of such a file ends; fixtures may be of any bytes. */
function extension([start = new Uint8Array()]: readonly Uint8Array[]): string {
  return archiveForm(start)?.extension ?? '.tar.gz';
}

async function* pieces(data: readonly Uint8Array[]): AsyncGenerator<Uint8Array, void, void> {
  yield* data;
  await Promise.resolve();
}

function streamed(bytes: AsyncGenerator<Uint8Array, void, void>): ReadableStream<Uint8Array> {
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      const next = await bytes.next();
      if (next.done) controller.close();
      else controller.enqueue(next.value);
    },
    async cancel() {
      await bytes.return();
    },
  });
}
