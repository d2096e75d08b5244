import { dict, type StringMap } from '../state/maps.js';

/** How the process of a member is. */
export type Liveness = 'up' | 'killed' | 'frozen';

/** A member of a cluster as it is kept. */
export interface MemberRecord {
  /** Stays, whatever it is called. */
  readonly id: string;
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
  /** How many requests for it the others have tried to pass on since then. */
  lookups: number;
  /** What of `GET /1.0` is its own: the keys of its config, and its addresses. */
  serverConfig: StringMap;
  addresses: readonly string[];
}

/** A group of members as it is kept. */
export interface GroupRecord {
  name: string;
  description: string;
  /** Incus alone has one. */
  config: StringMap;
}

let count = 0;

/** A member as it is when it has just joined. */
export function newMember(name: string, url: string): MemberRecord {
  const { host } = new URL(url);
  const serverConfig = dict({ 'cluster.https_address': host, 'core.https_address': host });
  return {
    id: String(++count),
    ...{ name, url, roles: [], groups: ['default'], failureDomain: 'default', description: '' },
    ...{ config: dict<string>(), architecture: 'x86_64', isEvacuated: false },
    ...{ liveness: 'up', downSince: 0, lookups: 0, serverConfig, addresses: [host] },
  };
}
