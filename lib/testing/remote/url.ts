import { receive } from '../kinds/images/upload.js';
import { Refusal } from '../state/refusal.js';
import { metered, type RemoteImage } from './image.js';
import { ask, statusLine, type Speaker } from './web.js';

/** An image that a web page speaks of in its headers. */
export async function atUrl(url: string, by: Speaker): Promise<RemoteImage> {
  if (!url) throw new Refusal(500, 'Missing URL');
  const { title, version } = by.product;
  const headers = { [`${title}-Server-Architectures`]: 'x86_64, i686', [`${title}-Server-Version`]: version };
  const page = await ask(url, by, { method: 'HEAD', headers });
  page.resume();
  const [fingerprint, file] = ['Hash', 'URL'].map((name) => {
    const header = `${title}-Image-${name}`;
    const value = page.headers[header.toLowerCase()];
    if (typeof value !== 'string' || value === '') throw new Refusal(500, `Missing ${header} header`);
    return value;
  }) as [string, string];
  return {
    fingerprint,
    async fetch(progress) {
      const response = await ask(file, by);
      if (response.statusCode !== 200)
        throw new Refusal(500, `Unable to fetch "${file}": ${statusLine(response)}`);
      const length = Number(response.headers['content-length']);
      const came = await receive(metered(response, length, progress));
      if (came.fingerprint !== fingerprint)
        throw new Refusal(500, `Hash mismatch for "${file}": ${came.fingerprint} != ${fingerprint}`);
      return { fingerprint, data: came.data, size: came.size };
    },
  };
}
