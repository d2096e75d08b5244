import { lxdExtensions } from '../data/lxd-extensions.js';
import { escapeSegment, sourceUrl } from '../state/source-url.js';
import type { Product } from './product.js';

// LXD's API types escape a name and its URL type escapes it again: `%2520` for a space.
const escapeTwice = (segment: string): string => escapeSegment(escapeSegment(segment));

/** LXD 5.0.2, as Debian 12 ships it. */
export const lxd: Product = {
  name: 'lxd',
  title: 'LXD',
  version: '5.0.2',
  extensions: lxdExtensions,
  headerPrefix: 'x-lxd-',
  namesProject: false,
  typedFilter: false,
  noResources: null,
  url: (project, path) => sourceUrl(project, path, escapeTwice),
};
