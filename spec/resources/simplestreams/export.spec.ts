import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  AbortedError,
  InvalidInputError,
  IntegrityError,
  LxdError,
  SimpleStreams,
  type SimpleStreamsImage,
} from 'tslxd';
import { ImageServer, product, sha256 } from './image-server.js';

const metadata = Buffer.from('what it is');
const rootfs = Buffer.alloc(300_000, 'root');

let server: ImageServer;
let folder: string;
beforeEach(async () => {
  server = await ImageServer.start();
  folder = await mkdtemp(join(tmpdir(), 'tslxd-simplestreams-'));
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true });
});

async function split(more: object = {}): Promise<SimpleStreamsImage> {
  const combined = { combined_squashfs_sha256: sha256(metadata, rootfs), ...more };
  const items = {
    a: server.file('2026/meta.tar.xz', metadata, 'lxd.tar.xz', combined),
    b: server.file('2026/root fs.squashfs', rootfs, 'squashfs'),
  };
  server.list({ a: product({ aliases: 'a', versions: { '20260101': { items } } }) });
  return new SimpleStreams(server.url).getByAlias('a');
}

test('two files, checked, with progress', async () => {
  const stages = new Set<string>();
  const image = await split();
  const paths = await image.exportTo(folder, { onProgress: ({ stage }) => stages.add(stage) });
  expect(paths).toEqual({ metadata: join(folder, 'meta.tar.xz'), rootfs: join(folder, 'root fs.squashfs') });
  expect((await readFile(join(folder, 'root fs.squashfs'))).equals(rootfs)).toBe(true);
  expect((await readdir(folder)).sort()).toEqual(['meta.tar.xz', 'root fs.squashfs']);
  expect([...stages]).toEqual(['metadata', 'rootfs']);
  await image.exportTo(folder); // replaces them
});

test('one file', async () => {
  const items = { a: server.file('one.tar.gz', metadata, 'incus_combined.tar.gz') };
  server.list({ a: product({ aliases: 'a', versions: { '20260101': { items } } }) });
  const image = await new SimpleStreams(server.url).getByAlias('a');
  expect(await image.exportTo(folder)).toBe(join(folder, 'one.tar.gz'));
});

test('names of the server lead nowhere else', async () => {
  const path = 'images/%2e%2e%2f%2e%2e%2fevil';
  const items = { a: server.file(decodeURI(path), metadata, 'lxd_combined.tar.gz', { path }) };
  server.list({ a: product({ aliases: 'a', versions: { '20260101': { items } } }) });
  const image = await new SimpleStreams(server.url).getByAlias('a');
  server.tree.set(decodeURI(path), metadata);
  expect(await image.exportTo(folder)).toBe(join(folder, '.._.._evil'));
});

describe('nothing is left behind by', () => {
  afterEach(async () => {
    expect(await readdir(folder)).toEqual([]);
  });

  test('other bytes of the same length', async () => {
    const image = await split();
    server.tree.set('2026/root fs.squashfs', Buffer.alloc(rootfs.length, 'evil'));
    await expect(image.exportTo(folder)).rejects.toThrow(IntegrityError);
  });

  test('a fingerprint that is another', async () => {
    const image = await split({ combined_squashfs_sha256: sha256(rootfs) });
    await expect(image.exportTo(folder)).rejects.toThrow(IntegrityError);
  });

  test('a file that is not there any more', async () => {
    const image = await split();
    server.tree.delete('2026/root fs.squashfs');
    await expect(image.exportTo(folder)).rejects.toThrow(/Not Found \(404\)/);
  });

  test('a connection cut in the middle', async () => {
    const image = await split();
    server.tree.set('2026/root fs.squashfs', (request, response) => {
      response.writeHead(200, { 'content-length': String(rootfs.length) }).write(rootfs.subarray(0, 100_000));
      setTimeout(() => request.socket.destroy(), 20);
    });
    await expect(image.exportTo(folder)).rejects.toBeInstanceOf(LxdError);
  });

  test('who aborts it', async () => {
    const image = await split();
    const controller = new AbortController();
    server.tree.set('2026/root fs.squashfs', (_, response) => {
      response.writeHead(200, { 'content-length': String(rootfs.length) }).write(rootfs.subarray(0, 100_000));
      controller.abort();
    });
    await expect(image.exportTo(folder, { signal: controller.signal })).rejects.toThrow(AbortedError);
  });
});

test('a directory that is none is said before anything is asked for', async () => {
  const image = await split();
  const before = server.seen.length;
  await writeFile(join(folder, 'file'), '');
  for (const directory of [join(folder, 'none'), join(folder, 'file'), '', undefined as never]) {
    await expect(image.exportTo(directory)).rejects.toThrow(InvalidInputError);
  }
  expect(server.seen).toHaveLength(before);
});
