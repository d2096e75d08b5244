import type { Cluster } from '../../cluster/cluster.js';
import type { Call } from '../../http/call.js';
import { Refusal } from '../../state/refusal.js';

/** What is said of a server that is in no cluster, by the paths. */
const texts = {
  members: () => new Refusal(500, 'Server is not clustered'),
  groups: () => new Refusal(400, 'This server is not clustered'),
} as const;

/** The cluster of the server. @throws Refusal where it is in none */
export function clusterOf({ state: { cluster } }: Call, says: keyof typeof texts): Cluster {
  if (!cluster) throw texts[says]();
  return cluster;
}
