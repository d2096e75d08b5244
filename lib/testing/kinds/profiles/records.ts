import type { Product } from '../../products/product.js';
import { dict, type DeviceMap, type StringMap } from '../../state/maps.js';

/** A profile as it is kept. */
export interface ProfileRecord {
  name: string;
  description: string;
  config: StringMap;
  devices: DeviceMap;
}

/** The profile that every project has from its beginning; the one of the default project has a root disk. */
export function defaultProfile(project: string, { title }: Product): ProfileRecord {
  const isDefault = project === 'default';
  const root = dict({ path: '/', pool: 'default', type: 'disk' });
  return {
    name: 'default',
    description: `Default ${title} profile${isDefault ? '' : ` for project ${project}`}`,
    config: dict(),
    devices: isDefault ? dict({ root }) : dict(),
  };
}
