import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { InvalidInputError, UnsupportedError, type Client } from 'tslxd';
import { describeFakes, rejection, sent } from '../support.js';

const imports: [string, (client: Client, file: Readable) => Promise<unknown>][] = [
  ['client.instances', ({ instances }, file) => instances.import(file)],
  ['pool.volumes', ({ storagePools }, file) => storagePools.ref('default').volumes.import(file)],
];

describeFakes('import() of a stream', (start, product) => {
  it.each(imports)('of %s that fails before it is sent is an error, and ends no process', async (_, work) => {
    const { server, client } = await start();
    const file = createReadStream('/nowhere/at/all');
    const error = await rejection(work(client, file), InvalidInputError);
    expect(error.message).toContain('ENOENT');
    expect(sent(server)).not.toContainEqual(expect.stringContaining('POST'));
  });

  it('is closed where the server takes none', async () => {
    const { client } = await start({ extensions: () => ['storage_buckets'] });
    const pool = client.storagePools.ref('default');
    for (const work of [
      (file: Readable) => pool.volumes.import(file),
      (file: Readable) => pool.buckets.import(file),
    ]) {
      const file = new Readable({ read() {} });
      await rejection(work(file), UnsupportedError);
      expect([product, file.destroyed]).toEqual([product, true]);
    }
  });
});
