import type { Product } from '../../products/product.js';

/** What they call it. */
const quirks = { lxd: 'Unpack', incus: 'Unpacking image' };

/** The metadata that a finished unpacking of an image leaves behind. */
export function unpacked({ name }: Product): Record<string, unknown> {
  const stage = 'create_instance_from_image_unpack';
  return {
    [`${stage}_progress`]: `${quirks[name]}: 100% (50.00MB/s)`,
    progress: { percent: '100', speed: '50000000', stage },
  };
}
