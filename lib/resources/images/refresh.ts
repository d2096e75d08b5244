import { NotFoundError } from '../../errors/index.js';
import type { Reading } from '../../orm/index.js';
import type { Schemas } from '../../rest/endpoints/index.js';
import type { RestStore } from '../kind/rest-store.js';
import type { ImageUpdateSource } from './fields.js';

/** What an image was known by before it was replaced. */
interface Replaced {
  fingerprint: string;
  aliases: readonly { name: string }[];
  updateSource: ImageUpdateSource | undefined;
}

type Listed = Pick<Schemas.Image, 'fingerprint'> & Partial<Schemas.Image>;

/** The image that has replaced another: no server says which, but it has its aliases, or at least its source. */
export async function replacementOf(
  store: RestStore,
  { fingerprint, aliases, updateSource }: Replaced,
): Promise<{ key: string; reading: Reading }> {
  const all = (await store.list(1)) as unknown as Listed[];
  const others = all.filter((image) => image.fingerprint !== fingerprint);
  const names = new Set(aliases.map(({ name }) => name));
  const found =
    others.find((image) => (image.aliases ?? []).some(({ name }) => names.has(name))) ??
    others
      .filter(({ update_source: source }) => isSame(source, updateSource))
      .reduce<Listed | undefined>((last, image) => (isLater(image, last) ? image : last), undefined);
  if (!found)
    throw new NotFoundError(`Image '${fingerprint}' was replaced by a newer one, which is gone again`);
  return { key: found.fingerprint, reading: await store.read(found.fingerprint) };
}

/** As text, since they differ by less than a Date knows; Go leaves out the zeros at the end, so that a Z would count. */
function isLater(image: Listed, other: Listed | undefined): boolean {
  const time = ({ uploaded_at: text = '' }: Partial<Listed> = {}) => text.replace(/Z$/, '');
  return other === undefined || time(image) > time(other);
}

function isSame(source: Listed['update_source'], known: ImageUpdateSource | undefined): boolean {
  if (!known || !source) return false;
  return source.server === known.server && source.alias === known.alias && source.protocol === known.protocol;
}
