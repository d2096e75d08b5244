import type { Says } from '../../kind/kind.js';
import type { ProductName } from '../../products/product.js';

const algorithms = ['', 'none', 'bzip2', 'gzip', 'lz4', 'lzma', 'xz', 'zstd', 'squashfs'];

const texts = {
  lxd: (algorithm: string) => `Invalid compression algorithm "${algorithm}"`,
  incus: (algorithm: string) => `Compression algorithm "${algorithm}" isn't currently supported`,
};

/** What the servers say of an algorithm that they do not know. */
export function compressionProblem(product: ProductName, algorithm: string): Says | undefined {
  return algorithms.includes(algorithm) ? undefined : [400, texts[product](algorithm)];
}
