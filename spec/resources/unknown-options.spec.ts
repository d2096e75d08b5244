import { InvalidInputError, type Client, type Image, type Instance, type StoragePool } from 'tslxd';
import { describeFakes, rejection, sent } from './support.js';

interface Things {
  client: Client;
  other: Client;
  web: Instance;
  image: Image;
  pool: StoragePool;
}

/** An option that is none, beside those that a method must have. */
const odd = { tiemout: 5 } as object;

/** Each method of instances, images, copies and migrations that takes options, called with one that there is not. */
const calls: Record<string, (things: Things) => unknown> = {
  'instance.state': ({ web }) => web.state(odd),
  'instance.start': ({ web }) => web.start(odd),
  'instance.stop': ({ web }) => web.stop(odd),
  'instance.restart': ({ web }) => web.restart(odd),
  'instance.freeze': ({ web }) => web.freeze(odd),
  'instance.unfreeze': ({ web }) => web.unfreeze(odd),
  'instance.setState': ({ web }) => web.setState('start', odd),
  'instance.consoleLog': ({ web }) => web.consoleLog(odd),
  'instance.clearConsoleLog': ({ web }) => web.clearConsoleLog(odd),
  'instance.restore': ({ web }) => web.restore('snap', odd),
  'snapshot.restore': ({ web }) => web.snapshots.ref('snap').restore(odd),
  'snapshot.copy': ({ web }) => web.snapshots.ref('snap').copy('new', odd),
  'snapshot.publish': ({ web }) => web.snapshots.ref('snap').publish(odd),
  'snapshot.copyTo': ({ web, other }) => web.snapshots.ref('snap').copyTo(other, odd),
  'instance.publish': ({ web }) => web.publish(odd),
  'instance.exportTo': ({ web }) => web.exportTo('/tmp/never', odd),
  'instance.copy': ({ web }) => web.copy('new', odd),
  'instance.move': ({ web }) => web.move({ pool: 'fast', ...odd }),
  'instance.rebuild': ({ web }) => web.rebuild({ type: 'none' }, odd),
  'instance.copyTo': ({ web, other }) => web.copyTo(other, odd),
  'instance.moveTo': ({ web, other }) => web.moveTo(other, odd),
  'instance.moveTo of a snapshot': ({ web, other }) => web.moveTo(other, { snapshot: 'snap' } as object),
  'instance.addresses': ({ web }) => web.addresses(odd),
  'instance.address': ({ web }) => web.address(odd),
  'instance.watch': ({ web }) => web.watch(odd),
  'instance.waitFor': ({ web }) => web.waitFor('running', odd),
  'instance.delete': ({ web }) => web.delete(odd),
  'instances.get': ({ client }) => client.instances.get('web', odd),
  'instances.all': ({ client }) => client.instances.all(odd),
  'instances.all with fields': ({ client }) => client.instances.all({ recursion: 2, fields: [], ...odd }),
  'instances.create': ({ client }) => client.instances.create({ source: { type: 'none' } }, odd),
  'instances.create of a copy': ({ client }) =>
    client.instances.create({ source: { type: 'copy', source: 'web' } }, odd),
  'instances.create of a backup': ({ client }) =>
    client.instances.create({ source: { type: 'backup', file: Buffer.from('x') } }, odd),
  'instances.import': ({ client }) => client.instances.import(Buffer.from('x'), odd),
  'instances.ensure': ({ client }) => client.instances.ensure('web', { source: { type: 'none' } }, odd),
  'instances.watch': ({ client }) => client.instances.watch(odd),
  'images.get': ({ client, image }) => client.images.get(image.key, odd),
  'images.get with a secret': ({ client, image }) => client.images.get(image.key, { secret: 'x', ...odd }),
  'images.getByAlias': ({ client }) => client.images.getByAlias('tiny', odd),
  'images.create': ({ client }) => client.images.create(Buffer.from('x'), odd),
  'images.create of a URL': ({ client }) => client.images.create({ url: 'https://x.invalid/' }, odd),
  'images.ensure': ({ client }) => client.images.ensure('tiny', Buffer.from('x'), odd),
  'image.export': ({ image }) => image.export(odd),
  'image.exportParts': async ({ image }) => image.exportParts(odd).next(),
  'image.exportTo': ({ image }) => image.exportTo('/tmp/never', odd),
  'image.createSecret': ({ image }) => image.createSecret(odd),
  'image.refresh': ({ image }) => image.refresh(odd),
  'image.copyTo': ({ image, other }) => image.copyTo(other, odd),
  'image.addAlias': ({ image }) => image.addAlias('small', odd),
  'instance.backups.create': ({ web }) => web.backups.create('b', odd),
  'backup.export': ({ web }) => web.backups.ref('b').export(odd),
  'backup.exportTo': ({ web }) => web.backups.ref('b').exportTo('/tmp/never', odd),
  'volumes.import': ({ pool }) => pool.volumes.import(Buffer.of(1), odd),
  'volume.exportTo': ({ pool }) => pool.volumes.ref('v').exportTo('/tmp/never', odd),
  'volume.backups.create': ({ pool }) => pool.volumes.ref('v').backups.create('b', odd),
  'volumeBackup.exportTo': ({ pool }) => pool.volumes.ref('v').backups.ref('b').exportTo('/tmp/never', odd),
  'volume.files.readFile': ({ pool }) => pool.volumes.ref('v').files.readFile('/x', odd),
  'volume.files.sftpSocket': ({ pool }) => pool.volumes.ref('v').files.sftpSocket(odd),
  'buckets.create': ({ pool }) => pool.buckets.create('data', odd),
  'buckets.import': ({ pool }) => pool.buckets.import(Buffer.of(1), odd),
  'bucket.exportTo': ({ pool }) => pool.buckets.ref('data').exportTo('/tmp/never', odd),
  'bucket.keys.create': ({ pool }) => pool.buckets.ref('data').keys.create({ name: 'k', role: 'admin' }, odd),
  'bucketBackup.exportTo': ({ pool }) =>
    pool.buckets.ref('data').backups.ref('b').exportTo('/tmp/never', odd),
  'image.removeAlias': ({ image }) => image.removeAlias('tiny', odd),
};

describeFakes('an unknown option', (start) => {
  it.each(Object.entries(calls))('of %s() is refused before anything is sent', async (_method, call) => {
    const { server, client } = await start();
    const { client: other } = await start();
    const fingerprint = server.addImage({ aliases: ['tiny'] });
    server.addInstance({ name: 'web', snapshots: ['snap'] });
    const [web, image] = [client.instances.ref('web'), client.images.ref(fingerprint)];
    const pool = client.storagePools.ref('default');
    const error = await rejection(
      (async () => call({ client, other, web, image, pool }))(),
      InvalidInputError,
    );
    expect(error.message).toMatch(/unknown option '(tiemout|snapshot)'; known options: /);
    expect(sent(server)).toEqual([]);
  });

  it('of a value that is no object is refused too', async () => {
    const { server, client } = await start();
    for (const options of [null, 5, 'force', [], () => undefined]) {
      await expect(client.instances.ref('web').stop(options as never)).rejects.toThrow(InvalidInputError);
    }
    expect(sent(server)).toEqual([]);
  });
});
