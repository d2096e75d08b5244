import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import {
  AbortedError,
  ConnectionError,
  InvalidInputError,
  LocalFileError,
  LxdError,
  ProtocolError,
} from '../../../lib/errors/index.js';
import { download, FileInTheMaking } from '../../../lib/resources/transfer/download.js';
import { rejection, temporaryFolder } from '../../rest/test-server.js';

let folder: string;
let path: string;

beforeEach(async () => {
  folder = await temporaryFolder();
  path = join(folder, 'file');
});

/** A body that fails with this after its first piece. */
function failing(error: Error): Readable {
  return Readable.from(
    (async function* () {
      yield Buffer.from('x');
      throw error;
    })(),
  );
}

test.each<[string, () => Readable, new (...given: never[]) => LxdError]>([
  ['an error of ours', () => failing(new ConnectionError('gone')), ConnectionError],
  ['any other', () => failing(new Error('odd')), ProtocolError],
  [
    'an end that is none',
    () =>
      new Readable({
        read() {
          this.destroy();
        },
      }),
    ProtocolError,
  ],
])('a body that breaks off with %s leaves nothing', async (_, body, Class) => {
  await writeFile(path, 'before');
  const error = await rejection(download(path, async () => ({ body: body() })));
  expect(error).toBeInstanceOf(Class);
  expect(await readdir(folder)).toEqual(['file']);
  expect(await readFile(path, 'utf8')).toBe('before');
});

test('a file that cannot get its name is an error of the file', async () => {
  const file = await FileInTheMaking.begin(path);
  await file.write({ body: Readable.from([Buffer.from('x')]) });
  await mkdir(join(path, 'in the way'), { recursive: true });
  const error = await rejection<LocalFileError>(file.commit());
  expect(error).toBeInstanceOf(LocalFileError);
  expect(error).toMatchObject({ file: path, cause: { syscall: 'rename' } });
  await file.discard();
  expect(await readdir(folder)).toEqual(['file']);
});

test('a directory that goes away meanwhile', async () => {
  const below = join(folder, 'below');
  await mkdir(below);
  const file = await FileInTheMaking.begin(join(below, 'file'));
  await rm(below, { recursive: true });
  const error = await rejection(file.write({ body: Readable.from([Buffer.from('x')]) }));
  expect(error).toBeInstanceOf(LocalFileError);
  await file.discard();
});

test('what cannot be written is said before anything is asked', async () => {
  const ask = async () => {
    throw new Error('it was asked');
  };
  for (const bad of [join(folder, 'none', 'x'), folder, '', `${path}\0`]) {
    expect(await rejection(download(bad, ask))).toBeInstanceOf(InvalidInputError);
  }
});

test('an abort is one', async () => {
  const controller = new AbortController();
  const body = new Readable({ read: () => undefined });
  const pending = rejection(download(path, async () => ({ body }), { signal: controller.signal }));
  setTimeout(() => controller.abort(new Error('enough')), 10);
  expect(await pending).toBeInstanceOf(AbortedError);
  expect(await readdir(folder)).toEqual([]);
});
