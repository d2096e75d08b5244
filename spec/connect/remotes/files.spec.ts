import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeAll, type NewFile } from '../../../lib/connect/remotes/files.js';
import { LocalFileError } from '../../../lib/errors/index.js';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tslxd files ü '));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const at = (name: string) => join(folder, name);
const file = (name: string, mode = 0o644): NewFile => ({ path: at(name), text: `new ${name}`, mode });
const mode = async (name: string) => ((await stat(at(name))).mode & 0o777).toString(8);

async function failure(writing: Promise<void>): Promise<LocalFileError> {
  const error: unknown = await writing.catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(LocalFileError);
  return error as LocalFileError;
}

describe('writeAll()', () => {
  it.each([
    ['a certificate', '664', '664', 0o644],
    ['a key', '644', '600', 0o600],
    ['a key', '400', '400', 0o600],
  ])('gives %s the mode that the file had, %s, as far as it may: %s', async (_, before, after, wanted) => {
    await writeFile(at('a'), 'old');
    await chmod(at('a'), before);
    await writeAll([file('a', wanted)]);
    expect([await readFile(at('a'), 'utf8'), await mode('a')]).toEqual(['new a', after]);
    expect(await readdir(folder)).toEqual(['a']);
  });

  it.each<[string, (folder: string) => Promise<unknown>]>([
    ['cannot be made', () => writeFile(at('folder'), 'a file where a folder must be')],
    ['is a folder', () => mkdir(at('folder/last'), { recursive: true })],
  ])('leaves all as it was where the last %s', async (_, prevent) => {
    await writeFile(at('old'), 'as it was');
    await chmod(at('old'), 0o640);
    await prevent(folder);
    const before = (await readdir(folder, { recursive: true })).sort();
    const error = await failure(writeAll([file('new'), file('old'), file('folder/last')]));
    expect(error.file).toBe(at('folder/last'));
    expect(await readFile(at('old'), 'utf8')).toBe('as it was');
    expect(await mode('old')).toBe('640');
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(before);
  });

  it('leaves all as it was where one cannot be put into its place', async () => {
    await writeFile(at('old'), 'as it was');
    // What is ready for a/b makes a folder where a is to be.
    const error = await failure(writeAll([file('old'), file('new'), file('a'), file('a/b')]));
    expect(error.file).toBe(at('a'));
    expect(await readFile(at('old'), 'utf8')).toBe('as it was');
    expect((await readdir(folder, { recursive: true })).sort()).toEqual(['a', 'old']);
  });

  it('says why, also where it cannot clear away', async () => {
    await writeFile(at('folder'), 'a file where a folder must be');
    const last = {
      ...file('folder/last'),
      // Read when the first file is ready, or written.
      get text() {
        for (const name of readdirSync(folder).filter((name) => name !== 'folder')) {
          rmSync(at(name));
          mkdirSync(at(name)); // which only `recursive` removes
        }
        return '';
      },
    };
    const error = await failure(writeAll([file('first'), last]));
    expect(error).toMatchObject({ file: at('folder/last'), cause: { code: 'EEXIST' } });
  });
});
