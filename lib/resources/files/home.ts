import { UnsupportedError } from '../../errors/index.js';
import type { ApiExtension } from '../../rest/endpoints/index.js';
import { Resource } from '../kind/resource.js';
import { productName, serverFacts } from '../kind/server-facts.js';
import type { FileHome } from './requests.js';

/** The extensions that a server needs for the files of some kind of thing. */
export type FileNeeds = Readonly<Record<'files' | 'sftp', ApiExtension>>;

/** A model as what files are of, which it calls `kind`. */
export function homeOf(owner: Resource, kind: string, needs?: FileNeeds): FileHome {
  const place = Resource.placeUnder(owner);
  const home: FileHome = {
    session: () => place().session,
    path: () => place().parent ?? '',
    title: () => `${kind} '${owner.key}'`,
  };
  if (!needs) return home;
  return {
    ...home,
    async assertOffered(what, options) {
      const { product, extensions } = await serverFacts(home.session(), options);
      if (extensions.has(needs[what])) return;
      throw new UnsupportedError(
        `This ${productName(product)} gives no access to the files of a ${kind}; it lacks the API extension ${needs[what]}`,
        needs[what],
      );
    },
  };
}
