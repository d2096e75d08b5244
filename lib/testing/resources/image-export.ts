import { writeForm } from '../../rest/multipart.js';
import type { Call } from '../http/call.js';
import { findVisible } from './image-find.js';

/** GET: the image's one file, or a form with its two. */
export function exported(call: Call): Response {
  const { image } = findVisible(call, call.product.missing.image(call.param('fingerprint')));
  const { fingerprint, data, metadata, size, type } = image;
  const own = call.product.exportHeaders;
  if (!metadata) {
    const headers = {
      'content-type': 'application/octet-stream',
      'content-disposition': `inline;filename=${fingerprint}.tar.gz`,
      'content-length': String(size),
      ...own,
    };
    return new Response(streamed(pieces(data)), { headers });
  }
  const name = type === 'container' ? 'rootfs' : 'rootfs.img';
  const form = writeForm([
    { name: 'metadata', filename: `meta-${fingerprint}.tar.gz`, body: pieces(metadata) },
    { name, filename: `${fingerprint}.tar.gz`, body: pieces(data) },
  ]);
  return new Response(streamed(form.body), { headers: { 'content-type': form.contentType, ...own } });
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
