import type { RequestOptions } from 'node:http';
import { FakeServer } from 'tslxd/testing';
import { ImageServer, product } from '../resources/simplestreams/image-server.js';

/** A server that answers well, of which the calls are recorded. */
export interface GoodServer extends AsyncDisposable {
  target: RequestOptions;
  /** Undefined for an image server. */
  fake: FakeServer | undefined;
}

export async function startGood(kind: 'lxd' | 'incus' | 'images'): Promise<GoodServer> {
  if (kind === 'images') return startImages();
  const newer = {
    lxd: [
      ...['instances_uefi_vars', 'network_load_balancer', 'network_load_balancer_pool'],
      ...['access_management', 'access_management_tls', 'auth_bearer', 'auth_bearer_devlxd'],
    ],
    incus: ['instance_nvram', 'network_address_set', 'file_storage_volume', 'custom_volume_sftp'],
  }[kind];
  const extensions = (own: readonly string[]) => [...own, ...newer];
  const fake = await FakeServer.start({ product: kind, https: true, operationTime: 1, extensions });
  const files = { '/srv/a/one': 'one', '/srv/two': 'two' };
  const tiny = fake.addImage({ aliases: ['tiny'] });
  const config = { 'volatile.base_image': tiny };
  fake.addPool('fast');
  fake.addProfile({ name: 'ours', config: { 'user.a': 'b' } });
  const network = { lxd: 'lxdbr0', incus: 'incusbr0' }[kind];
  const devices = { eth0: { type: 'nic', network, name: 'eth0' } };
  fake.addInstance({
    name: 'web',
    status: 'Running',
    snapshots: ['s1'],
    files,
    devices,
    consoleLog: 'login: ',
  });
  fake.addInstance({ name: 'off', snapshots: ['s1'], files, config });
  fake.addInstance({ name: 'bare', config });
  fake.addInstance({ name: 'cold', status: 'Frozen' });
  fake.addInstance({ name: 'vm', type: 'virtual-machine' });
  fake.addInstance({ name: 'machine', type: 'virtual-machine', status: 'Running' });
  return { target: { socketPath: fake.socketPath }, fake, [Symbol.asyncDispose]: () => fake.close() };
}

async function startImages(): Promise<GoodServer> {
  const server = await ImageServer.start();
  const items = { a: server.file('one.tar.gz', Buffer.from('an image'), 'incus_combined.tar.gz') };
  server.list({ a: product({ aliases: 'busy', versions: { '20260101': { items } } }) });
  const { port } = new URL(server.url);
  return {
    target: { host: '127.0.0.1', port },
    fake: undefined,
    [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
  };
}
