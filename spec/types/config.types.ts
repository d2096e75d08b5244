// Compiled by `npm run typecheck`, never run: the config of every kind has its known keys, and takes every other one.
import type {
  Client,
  Instance,
  Network,
  NetworkAcl,
  NetworkAddressSet,
  NetworkForward,
  NetworkIntegration,
  NetworkLoadBalancer,
  NetworkLoadBalancerPool,
  NetworkPeer,
  NetworkZone,
  NetworkZoneRecord,
  Profile,
  Project,
  Server,
  StoragePool,
  StorageVolume,
} from '../../lib/index.js';

declare const client: Client;

/** What an editor completes in the brackets of a config. */
type Completed<T extends { config: object }> = keyof {
  [K in keyof T['config'] as string extends K ? never : K]: unknown;
};

/** A known key of each kind that has any beside `user.*`. */
interface Known {
  instance: [Instance, 'limits.cpu' | 'security.nesting' | 'boot.autostart'];
  profile: [Profile, 'limits.memory'];
  server: [Server, 'core.https_address' | 'images.auto_update_interval'];
  network: [Network, 'ipv4.address' | 'ipv6.nat' | 'dns.domain' | 'parent'];
  forward: [NetworkForward, 'target_address'];
  integration: [NetworkIntegration, 'ovn.northbound_connection'];
  zone: [NetworkZone, 'dns.nameservers'];
  pool: [StoragePool, 'size' | 'source' | 'btrfs.mount_options' | 'zfs.pool_name'];
  volume: [StorageVolume, 'size' | 'snapshots.schedule' | 'security.shifted'];
  project: [Project, 'features.images' | 'limits.containers' | 'restricted'];
}
type Lacking = {
  [K in keyof Known]: Exclude<Known[K][1], Completed<Known[K][0]>>;
}[keyof Known];
type None<T extends never> = T;
export type NothingIsLacking = None<Lacking>;

/** Of every kind: any key, texts only, and nothing but texts. */
interface Configured {
  instance: Instance;
  profile: Profile;
  server: Server;
  network: Network;
  acl: NetworkAcl;
  addressSet: NetworkAddressSet;
  forward: NetworkForward;
  integration: NetworkIntegration;
  loadBalancer: NetworkLoadBalancer;
  loadBalancerPool: NetworkLoadBalancerPool;
  peer: NetworkPeer;
  zone: NetworkZone;
  record: NetworkZoneRecord;
  pool: StoragePool;
  volume: StorageVolume;
  project: Project;
}
type Refusing = {
  [K in keyof Configured]: string extends keyof Configured[K]['config']
    ? Configured[K]['config'][string] extends string
      ? never
      : K
    : K;
}[keyof Configured];
export type NoneRefusesAKey = None<Refusing>;

export async function edits({ network, pool, volume, project, zone, acl }: Configured): Promise<void> {
  network.config['ipv4.address'] = 'auto';
  network.config['ipv4.dhcp.ranges'] = '10.0.0.2-10.0.0.9';
  network.config['made.up.later'] = 'yes';
  delete network.config['ipv4.nat'];
  // @ts-expect-error -- config is text: servers refuse a boolean, or store it as one
  network.config['ipv4.nat'] = true;
  pool.config.size = '10GiB';
  // @ts-expect-error -- and a number
  pool.config.size = 10;
  volume.config['user.mine'] = 'x';
  // @ts-expect-error -- null is for client.request(); here a key is taken away with delete
  volume.config.size = null;
  project.config['features.images'] = 'false';
  // @ts-expect-error -- config is text
  project.config['limits.containers'] = 5;
  zone.config['peers.ns2.address'] = '10.0.0.2';
  // @ts-expect-error -- config is text, also where no key is known
  acl.config['user.mine'] = 1;
  // @ts-expect-error -- and a whole config, too
  acl.config = { 'user.mine': 1 };
  await client.networks.create({ name: 'net0', config: { 'ipv4.address': 'none', 'later.key': 'x' } });
  await client.networks.ensure('net0', { config: { 'ipv6.address': 'none' } });
  // @ts-expect-error -- the same in what a new one is made from
  await client.networks.create({ name: 'net0', config: { 'ipv4.nat': true } });
  // @ts-expect-error -- the same for a volume
  await client.storagePools.ref('default').volumes.create({ name: 'data', config: { size: 10 } });
  // @ts-expect-error -- the same for a project
  await client.projects.ensure('lab', { config: { restricted: true } });
  // @ts-expect-error -- a pool must have a driver
  await client.storagePools.create({ name: 'fast' });
  // @ts-expect-error -- what nobody can change is read-only
  network.type = 'bridge';
}
