import { Readable } from 'node:stream';
import { InvalidInputError, type Client } from 'tslxd';
import { describeFakes, sent } from './support.js';

/** Whatever the types say: a text where a number belongs, as environment variables give it. */
const odd = { timeout: 'soon' as unknown as number };

const methods: Record<string, (client: Client, other: Client) => Promise<unknown>> = {
  'volume.copy': ({ storagePools }) => storagePools.ref('default').volumes.ref('v').copy('w', odd),
  'volume.move': ({ storagePools }) =>
    storagePools
      .ref('default')
      .volumes.ref('v')
      .move({ pool: 'p', ...odd }),
  'volume.copyTo': ({ storagePools }, other) =>
    storagePools
      .ref('default')
      .volumes.ref('v')
      .copyTo(other, { pool: 'p', ...odd }),
  'volume.restore': ({ storagePools }) => storagePools.ref('default').volumes.ref('v').restore('s', odd),
  'volume.attachTo': ({ storagePools }) => storagePools.ref('default').volumes.ref('v').attachTo('web', odd),
  'volume.detachFrom': ({ storagePools }) =>
    storagePools.ref('default').volumes.ref('v').detachFrom('web', odd),
  'volume.exportTo': ({ storagePools }) =>
    storagePools.ref('default').volumes.ref('v').exportTo('/nowhere/at/all', odd),
  'volume.delete': ({ storagePools }) => storagePools.ref('default').volumes.ref('v').delete(odd),
  'volumes.import': ({ storagePools }) =>
    storagePools.ref('default').volumes.import(Readable.from(['x']), odd),
  'volumes.create with a source': ({ storagePools }) =>
    storagePools.ref('default').volumes.create({ name: 'w', source: { type: 'copy', name: 'v' } }, odd),
  'buckets.create': ({ storagePools }) => storagePools.ref('default').buckets.create('data', odd),
  'buckets.import': ({ storagePools }) =>
    storagePools.ref('default').buckets.import(Readable.from(['x']), odd),
  'forwards.create': ({ networks }) => networks.ref('lab').forwards.create('192.0.2.7', odd),
  'forward.delete': ({ networks }) => networks.ref('lab').forwards.ref('192.0.2.7').delete(odd),
  'acl.rename': ({ networks }) => networks.acls.ref('web').rename('db', odd),
  'acl.log': ({ networks }) => networks.acls.ref('web').log(odd),
  'networks.allocations': ({ networks }) => networks.allocations(odd),
  'projects.create': ({ projects }) => projects.create({ name: 'lab', defaultProfile: true }, odd),
  'project.delete': ({ projects }) => projects.ref('lab').delete(odd),
  'project.delete with force': ({ projects }) => projects.ref('lab').delete({ force: true, ...odd }),
  'warning.acknowledge': ({ warnings }) => warnings.ref('1').acknowledge(odd),
  'instances.setState': ({ instances }) => instances.setState('stop', odd),
  'instance.access': ({ instances }) => instances.ref('web').access(odd),
  'instance.debugMemory': ({ instances }) => instances.ref('web').debugMemory(odd),
  'instance.editUefiVars': ({ instances }) => instances.ref('web').editUefiVars(() => undefined, odd),
  'server.configuration': ({ server }) => server.configuration(odd),
};

describeFakes('a timeout that is none', (start) => {
  it.each(Object.keys(methods))('is refused by %s before anything is sent', async (name) => {
    const { server, client } = await start();
    const { client: other } = await start();
    await expect(methods[name]!(client, other)).rejects.toThrow(InvalidInputError);
    expect(sent(server)).toEqual([]);
  });
});
