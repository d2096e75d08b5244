import type { ProductName } from '../../products/product.js';
import { sourceUrl } from '../../state/source-url.js';

/** Where the products differ about images, in more than one file. */
interface ImageQuirks {
  /** Does fetching an image tell of it by itself, before who asked for it does? */
  readonly announcesDownloads: boolean;
  /** Are guests told of no project but the default one? */
  readonly guestsHaveOneProject: boolean;
  /** How an operation names an image. */
  readonly url: (project: string, fingerprint: string) => string;
  readonly missing: (fingerprint: string) => string;
}

export const quirks: Readonly<Record<ProductName, ImageQuirks>> = {
  lxd: {
    announcesDownloads: true,
    guestsHaveOneProject: false,
    url: (_, fingerprint) => sourceUrl('default', ['images', fingerprint]),
    missing: () => 'Image not found',
  },
  incus: {
    announcesDownloads: false,
    guestsHaveOneProject: true,
    url: (project, fingerprint) => sourceUrl(project, ['images', fingerprint]),
    missing: (fingerprint) => `Image "${fingerprint}" not found`,
  },
};
