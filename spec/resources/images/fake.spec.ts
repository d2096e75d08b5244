import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { ConflictError, IntegrityError, InvalidInputError, type Progress } from 'tslxd';
import { smallImage } from '../../support/small-image.js';
import { describeFakes } from '../support.js';
import { sha256 } from './image-server.js';

describeFakes('images', (start) => {
  const bytes = smallImage();

  it('go up with all that they are to get, and down again', async () => {
    const { client } = await start();
    const folder = await mkdtemp(join(tmpdir(), 'tslxd-fake-'));
    const progress: Progress[] = [];
    const image = await client.images.create(Readable.from([bytes.subarray(0, 3), bytes.subarray(3)]), {
      filename: 'mine ü.tar',
      properties: { os: 'a=b' },
      public: true,
      aliases: ['debian/12', { name: 'stable', description: 'this one' }],
      expiresAt: new Date('2040-01-01T00:00:00Z'),
      fingerprint: sha256(bytes),
      length: bytes.length,
      onProgress: (step) => progress.push(step),
    });
    expect([image.key, image.filename, image.properties, image.public]).toEqual([
      sha256(bytes),
      'mine ü.tar',
      { os: 'a=b' },
      true,
    ]);
    expect(image.expiresAt).toEqual(new Date('2040-01-01T00:00:00Z'));
    expect(progress).toContainEqual(
      expect.objectContaining({ stage: 'upload', percent: 100, bytes: bytes.length }),
    );
    expect((await client.images.aliases.names()).sort()).toEqual(['debian/12', 'stable']);
    const path = (await image.exportTo(folder)) as string;
    expect((await readFile(path)).equals(bytes)).toBe(true);
    expect((await buffer(image.export())).equals(bytes)).toBe(true);
    await rm(folder, { recursive: true });
  });

  it('are not stored where they are not the expected ones', async () => {
    const { client } = await start();
    const wrong = client.images.create(bytes, { fingerprint: sha256('other') });
    await expect(wrong).rejects.toThrow(IntegrityError);
    expect(await client.images.names()).toEqual([]);
  });

  it('have names that move, and are renamed without the request that locks LXD', async () => {
    const { client } = await start();
    const [one, two] = [await client.images.create(bytes), await client.images.create(smallImage('two'))];
    const alias = await client.images.aliases.create({ name: 'a/b', target: one });
    await client.images.aliases.ensure('a/b', { target: two });
    expect((await client.images.getByAlias('a/b')).key).toBe(two.key);
    await alias.rename('c/d');
    expect(await client.images.aliases.names()).toEqual(['c/d']);
    await expect(client.images.aliases.create({ name: 'c/d', target: one })).rejects.toThrow(ConflictError);
    await expect(client.images.aliases.update('c/d', {})).rejects.toThrow(InvalidInputError);
    const third = await client.images.ensure('c/d', bytes, { properties: { a: '1' } });
    expect([third.key, third.properties.a]).toEqual([two.key, '1']);
  });
});
