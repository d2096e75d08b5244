import { createHash } from 'node:crypto';
import type { Client, Network } from 'tslxd';
import { buildTinyImage } from '../../examples/support/tiny-image.js';
import type { RealServer } from '../real/server.js';
import type { Contested } from './races.js';

export interface ContestedKind {
  title: string;
  /** Makes one. */
  make: (
    client: Client,
    name: string,
    server: RealServer,
  ) => Promise<Contested & { remove(): Promise<unknown> }>;
}

function bridge(client: Client, server: RealServer, address: string): Promise<Network> {
  const config = { 'ipv4.address': address, 'ipv6.address': 'none' };
  return client.networks.create({ name: server.uniqueNetwork(), config });
}

/** What several clients write at once: each kind whose map takes any key that begins with `user.`. */
export const contestedKinds: readonly ContestedKind[] = [
  {
    title: 'a profile',
    make: async (client, name) => {
      const profile = await client.profiles.create(name);
      return {
        get: (one) => one.profiles.get(name),
        map: 'config',
        path: `/1.0/profiles/${name}`,
        remove: () => profile.delete(),
      };
    },
  },
  {
    title: 'a network',
    make: async (client, _, server) => {
      const network = await bridge(client, server, 'none');
      return {
        get: (one) => one.networks.get(network.name),
        map: 'config',
        path: `/1.0/networks/${network.name}`,
        remove: () => network.delete(),
      };
    },
  },
  {
    title: 'a network forward', // whose version no server looks at
    make: async (client, _, server) => {
      const network = await bridge(client, server, '10.177.3.1/24');
      const { key } = await network.forwards.create({ listenAddress: '192.0.2.7' });
      return {
        get: (one) => one.networks.ref(network.name).forwards.get(key),
        map: 'config',
        path: `/1.0/networks/${network.name}/forwards/${key}`,
        remove: async () => {
          await network.forwards.ref(key).delete();
          await network.delete();
        },
      };
    },
  },
  {
    title: 'a network ACL',
    make: async (client, name) => {
      const acl = await client.networks.acls.create(name);
      return {
        get: (one) => one.networks.acls.get(name),
        map: 'config',
        path: `/1.0/network-acls/${name}`,
        remove: () => acl.delete(),
      };
    },
  },
  {
    title: 'a network zone',
    make: async (client, name) => {
      const zone = await client.networks.zones.create(`${name}.example`);
      return {
        get: (one) => one.networks.zones.get(zone.name),
        map: 'config',
        path: `/1.0/network-zones/${zone.name}`,
        remove: () => zone.delete(),
      };
    },
  },
  {
    title: 'a record of a zone',
    make: async (client, name) => {
      const zone = await client.networks.zones.create(`${name}.example`);
      const record = await zone.records.create(name); // LXD 5.0 keeps these unique over all zones
      return {
        get: (one) => one.networks.zones.ref(zone.name).records.get(record.name),
        map: 'config',
        path: `/1.0/network-zones/${zone.name}/records/${record.name}`,
        remove: () => zone.delete(),
      };
    },
  },
  {
    title: 'a project',
    make: async (client, name) => {
      const project = await client.projects.create(name);
      return {
        get: (one) => one.projects.get(name),
        map: 'config',
        path: `/1.0/projects/${name}`,
        remove: () => project.delete(),
      };
    },
  },
  {
    title: 'a storage pool',
    make: async (client, name) => {
      const pool = await client.storagePools.create({ name, driver: 'dir' });
      return {
        get: (one) => one.storagePools.get(name),
        map: 'config',
        path: `/1.0/storage-pools/${name}`,
        remove: () => pool.delete(),
      };
    },
  },
  {
    title: 'a volume',
    make: async (client, name) => {
      const pool = await client.storagePools.create({ name, driver: 'dir' });
      const volume = await pool.volumes.create('race');
      return {
        get: (one) => one.storagePools.ref(name).volumes.get('race'),
        map: 'config',
        path: `/1.0/storage-pools/${name}/volumes/custom/race`,
        remove: async () => {
          await volume.delete();
          await pool.delete();
        },
      };
    },
  },
  {
    title: 'an image', // of its own: the properties of one image are seen by all
    make: async (client, name, server) => {
      const data = await buildTinyImage({ salt: name });
      await server.run('POST', '/1.0/images', data);
      const fingerprint = createHash('sha256').update(data).digest('hex');
      return {
        get: (one) => one.images.get(fingerprint),
        map: 'properties',
        path: `/1.0/images/${fingerprint}`,
        remove: () => client.images.ref(fingerprint).delete(),
      };
    },
  },
  {
    title: 'an instance',
    make: async (client, name) => {
      const instance = await client.containers.create({ name, source: { type: 'none' } });
      return {
        get: (one) => one.instances.get(name),
        map: 'config',
        path: `/1.0/instances/${name}`,
        remove: () => instance.delete(),
      };
    },
  },
];
