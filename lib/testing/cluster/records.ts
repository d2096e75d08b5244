import { dict, type StringMap } from '../state/maps.js';

/** How the process of a member is. */
export type Liveness = 'up' | 'killed' | 'frozen';

/** A member of a cluster as it is kept. */
export interface MemberRecord {
  name: string;
  /** `https://127.0.0.1:41234`: what the list of members says, so that clients learn where else to go. */
  url: string;
  /** `database-leader`, `database`, `event-hub`, … */
  roles: string[];
  /** The names of the groups that it is in. */
  groups: string[];
  failureDomain: string;
  description: string;
  config: StringMap;
  architecture: string;
  isEvacuated: boolean;
  liveness: Liveness;
  /** Since when it has not been up, in milliseconds since 1970; of no meaning while it is. */
  downSince: number;
}

/** A group of members as it is kept. */
export interface GroupRecord {
  name: string;
  description: string;
  /** Incus alone has one. */
  config: StringMap;
}

/** A member as it is when it has just joined. */
export function newMember(name: string, url: string): MemberRecord {
  return {
    ...{ name, url, roles: [], groups: ['default'], failureDomain: 'default', description: '' },
    ...{ config: dict<string>(), architecture: 'x86_64', isEvacuated: false, liveness: 'up', downSince: 0 },
  };
}
