import { Shelves } from '../../kind/shelves.js';
import type { Product } from '../../products/product.js';
import type { ImageRecord } from '../images/records.js';
import type { InstanceRecord } from '../instances/records.js';
import { defaultProfile, type ProfileRecord } from '../profiles/records.js';

/** All that lives in one project. */
export interface ProjectRecord {
  name: string;
  instances: Map<string, InstanceRecord>;
  profiles: Map<string, ProfileRecord>;
  images: Map<string, ImageRecord>;
  /** What the kinds of the generic part have. */
  shelves: Shelves;
}

/** A project as new ones are. */
export function newProject(name: string, product: Product): ProjectRecord {
  return {
    name,
    instances: new Map(),
    profiles: new Map([['default', defaultProfile(name, product)]]),
    images: new Map(),
    shelves: new Shelves(),
  };
}
