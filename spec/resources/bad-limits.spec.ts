import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { InvalidInputError, type Client } from 'tslxd';
import { describeFakes, rejection, sent } from './support.js';

/** Whatever the types say; a text is what environment variables give. */
const timeouts = ['soon', '5', -1, Number.NaN, null] as unknown as number[];
let odd: { timeout: number };

/** `file` is one in a folder that is empty, and stays so. */
const methods: Record<string, (client: Client, other: Client, file: string) => Promise<unknown>> = {
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
  'instance.exportTo': ({ instances }, _, file) => instances.ref('web').exportTo(file, odd),
  'volume.exportTo': ({ storagePools }, _, file) =>
    storagePools.ref('default').volumes.ref('v').exportTo(file, odd),
  'bucket.exportTo': ({ storagePools }, _, file) =>
    storagePools.ref('default').buckets.ref('data').exportTo(file, odd),
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
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'tslxd-limits-'));
  });
  afterAll(() => rm(folder, { recursive: true }));

  it.each(Object.keys(methods))('is refused by %s before anything is sent, or written', async (name) => {
    const { server, client } = await start();
    const { client: other } = await start();
    for (const timeout of timeouts) {
      odd = { timeout };
      const refused = await rejection(methods[name]!(client, other, join(folder, 'file')), InvalidInputError);
      expect(refused.message).toMatch(/timeout/);
    }
    expect(sent(server)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });

  it('nor does a signal that is none leave a file', async () => {
    const { server, client } = await start();
    const signal = {} as AbortSignal;
    await expect(client.instances.ref('web').exportTo(join(folder, 'file'), { signal })).rejects.toThrow();
    expect(sent(server)).toEqual([]);
    expect(await readdir(folder)).toEqual([]);
  });
});
