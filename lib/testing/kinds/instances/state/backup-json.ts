import type { Product } from '../../../products/product.js';
import type { BackupRecord } from '../records.js';

/** A backup as the servers print it. */
export function backupJson(product: Product, backup: BackupRecord): Record<string, unknown> {
  const { name, createdAt, expiresAt, instanceOnly, optimizedStorage } = backup;
  return {
    name,
    created_at: createdAt,
    expires_at: expiresAt,
    instance_only: instanceOnly,
    ...(product.name === 'lxd' && { container_only: instanceOnly }),
    optimized_storage: optimizedStorage,
  };
}
