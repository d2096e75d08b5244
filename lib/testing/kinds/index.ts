import type { Endpoints } from '../../rest/endpoints/index.js';
import type { Kind } from '../kind/kind.js';
import { networkAcls } from './networks/acls.js';

type ListPath = keyof Endpoints extends infer E ? (E extends `POST ${infer P}` ? P : never) : never;

/** The kinds that are no more than a declaration, by the paths of their lists. */
export const declaredKinds = {
  '/1.0/network-acls': networkAcls,
} satisfies Partial<Record<ListPath, Kind>>;
