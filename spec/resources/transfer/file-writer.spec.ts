import { randomBytes } from 'node:crypto';
import { readdirSync, readlinkSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { FileWriter } from '../../../lib/resources/transfer/file-writer.js';
import { LocalFileError } from '../../../lib/errors/index.js';
import { rejection, temporaryFolder, until } from '../../rest/test-server.js';

let path: string;

beforeEach(async () => {
  path = join(await temporaryFolder(), 'file');
});

/** Whether this process still has it open. */
function isOpen(file: string): boolean {
  return readdirSync('/proc/self/fd').some((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) === file;
    } catch {
      return false; // the one that reads the list
    }
  });
}

const mebi = 1 << 20;

test.each([
  [[]],
  [[1]],
  [[mebi]],
  [[mebi - 1, 1, 1]],
  [[mebi + 1, mebi - 1, 2 * mebi]],
  [[5 * mebi + 7, 3]],
  [Array.from({ length: 100 }, (_, index) => index * 700 + 1)],
])('writes what comes, in pieces of %j', async (sizes) => {
  const chunks = sizes.map((size) => randomBytes(size));
  await pipeline(Readable.from(chunks), new FileWriter(path));
  expect((await readFile(path)).equals(Buffer.concat(chunks))).toBe(true);
  expect(isOpen(path)).toBe(false);
});

test('a chunk may be used again once it is taken', async () => {
  const memory = Buffer.alloc(300_000);
  async function* chunks() {
    for (let round = 0; round < 20; round++) yield memory.fill(round);
  }
  const writer = new FileWriter(path);
  for await (const chunk of chunks())
    await new Promise((resolve) => writer.write(chunk, () => resolve(undefined)));
  await new Promise((resolve) => writer.end(() => resolve(undefined)));
  const written = await readFile(path);
  for (let round = 0; round < 20; round++)
    expect(
      written.subarray(round * memory.length, (round + 1) * memory.length).every((b) => b === round),
    ).toBe(true);
});

test('replaces what the file had', async () => {
  await pipeline(Readable.from([randomBytes(3 * mebi)]), new FileWriter(path));
  await pipeline(Readable.from([Buffer.from('short')]), new FileWriter(path));
  expect(await readFile(path, 'utf8')).toBe('short');
});

test('a full disk is an error that names the file, with the raw one as its cause', async () => {
  const error = await rejection<LocalFileError>(
    pipeline(Readable.from([randomBytes(10)]), new FileWriter('/dev/full', '/srv/web.tar')),
  );
  expect(error).toBeInstanceOf(LocalFileError);
  expect(error).toMatchObject({
    code: 'ERR_LXD_LOCAL_FILE',
    file: '/srv/web.tar',
    cause: { code: 'ENOSPC' },
  });
  expect(error.message).toMatch(/^\/srv\/web\.tar could not be written: ENOSPC/);
});

test('what goes wrong is the error of the stream, and the file is closed', async () => {
  await expect(pipeline(Readable.from(['x']), new FileWriter(join(path, 'none', 'x')))).rejects.toThrow(
    /ENOENT/,
  );
  for (const size of [10, 10 * mebi]) {
    const source = Readable.from([randomBytes(size), randomBytes(size)]);
    await expect(pipeline(source, new FileWriter('/dev/full'))).rejects.toThrow(/ENOSPC/);
    await until(() => !isOpen('/dev/full'));
  }
  const broken = Readable.from(
    (function* () {
      yield randomBytes(3 * mebi);
      throw new Error('gone');
    })(),
  );
  await expect(pipeline(broken, new FileWriter(path))).rejects.toThrow('gone');
  await until(() => !isOpen(path));
});
