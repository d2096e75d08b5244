import type { Endpoints } from '../../rest/endpoints/index.js';
import type { Kind } from '../kind/kind.js';
import { authGroups } from './auth/groups.js';
import { identityProviderGroups } from './auth/identity-provider-groups.js';
import { imageAliases } from './images/aliases.js';
import { networkAcls } from './networks/acls.js';
import { networkAddressSets } from './networks/address-sets.js';
import { networkIntegrations } from './networks/integrations.js';
import { networkZoneRecords } from './networks/zone-records.js';
import { networkZones } from './networks/zones.js';
import { networkForwards } from './networks/forwards.js';
import { networkLoadBalancerPools } from './networks/load-balancer-pools.js';
import { networkLoadBalancers } from './networks/load-balancers.js';
import { networkPeers } from './networks/peers.js';
import { networks } from './networks/networks.js';
import { profiles } from './profiles/profiles.js';
import { projects } from './projects/projects.js';
import { bucketBackups } from './storage/buckets/backups.js';
import { storageBuckets } from './storage/buckets/buckets.js';
import { bucketKeys } from './storage/buckets/keys.js';
import { storagePools } from './storage/pools.js';
import { volumeBackups } from './storage/volume-backups.js';
import { volumeSnapshots } from './storage/volume-snapshots.js';
import { storageVolumes } from './storage/volumes.js';

type ListPath = keyof Endpoints extends infer E ? (E extends `POST ${infer P}` ? P : never) : never;

/** The kinds that are no more than a declaration, by the paths of their lists. */
export const declaredKinds = {
  '/1.0/auth/groups': authGroups,
  '/1.0/auth/identity-provider-groups': identityProviderGroups,
  '/1.0/images/aliases': imageAliases,
  '/1.0/network-acls': networkAcls,
  '/1.0/network-address-sets': networkAddressSets,
  '/1.0/network-integrations': networkIntegrations,
  '/1.0/network-zones': networkZones,
  '/1.0/network-zones/{zone}/records': networkZoneRecords,
  '/1.0/networks': networks,
  '/1.0/networks/{networkName}/forwards': networkForwards,
  '/1.0/networks/{networkName}/load-balancer-pools': networkLoadBalancerPools,
  '/1.0/networks/{networkName}/load-balancers': networkLoadBalancers,
  '/1.0/networks/{networkName}/peers': networkPeers,
  '/1.0/profiles': profiles,
  '/1.0/projects': projects,
  '/1.0/storage-pools': storagePools,
  '/1.0/storage-pools/{poolName}/buckets': storageBuckets,
  '/1.0/storage-pools/{poolName}/buckets/{bucketName}/backups': bucketBackups,
  '/1.0/storage-pools/{poolName}/buckets/{bucketName}/keys': bucketKeys,
  '/1.0/storage-pools/{poolName}/volumes/{type}': storageVolumes,
  '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/backups': volumeBackups,
  '/1.0/storage-pools/{poolName}/volumes/{type}/{volumeName}/snapshots': volumeSnapshots,
} satisfies Partial<Record<ListPath, Kind>>;
