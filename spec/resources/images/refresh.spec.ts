import { replacementOf } from '../../../lib/resources/images/refresh.js';
import type { RestStore } from '../../../lib/resources/kind/rest-store.js';

const source = { server: 'https://images', alias: 'app', protocol: 'simplestreams', imageType: 'container' };

/** Lists these images, by their fingerprint and when they were uploaded. */
function storeOf(uploads: Record<string, string>): RestStore {
  const images = Object.entries(uploads).map(([fingerprint, uploaded_at]) => {
    return { fingerprint, uploaded_at, update_source: source };
  });
  const read = async () => Promise.resolve({ data: {} });
  return { list: async () => Promise.resolve(images), read } as unknown as RestStore;
}

it.each([
  [{ a: '2026-01-01T10:00:00.12Z', b: '2026-01-01T10:00:00.1234Z' }, 'b'],
  [{ a: '2026-01-01T10:00:00.5Z', b: '2026-01-01T10:00:00Z' }, 'a'],
  [{ a: '2026-01-01T10:00:00.999999999Z', b: '2026-01-01T10:00:01Z' }, 'b'],
])('the last of several from one source is the replacement: %j', async (uploads, last) => {
  const old = { fingerprint: 'old', aliases: [], updateSource: source };
  expect((await replacementOf(storeOf(uploads), old)).key).toBe(last);
});
