import { incusExtensions } from '../data/incus-extensions.js';
import { sourceUrl } from '../state/source-url.js';
import type { Product } from './product.js';

/** Incus 6.0.4, as Debian 12's backports ship it. */
export const incus: Product = {
  name: 'incus',
  title: 'Incus',
  version: '6.0.4',
  extensions: incusExtensions,
  headerPrefix: 'x-incus-',
  namesProject: true,
  typedFilter: true,
  noResources: {},
  url: (project, path) => sourceUrl(project, path),
};
