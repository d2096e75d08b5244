import { randomBytes } from 'node:crypto';
import { chmod, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalFileError } from '../../errors/index.js';

/** A file to be written. */
export interface NewFile {
  path: string;
  text: string;
  /** Of a file that is new; one that is there keeps its own. */
  mode: number;
}

/**
 * Writes files one after the other, each whole or not at all, with the folders that they are in; if one cannot be
 * written, those that are new are taken away again. @throws LocalFileError
 */
export async function writeAll(files: readonly NewFile[]): Promise<void> {
  const made: string[] = [];
  for (const file of files) {
    try {
      if (await write(file)) made.push(file.path);
    } catch (error) {
      for (const path of made) await rm(path, { force: true });
      throw new LocalFileError(file.path, error);
    }
  }
}

/** Resolves with whether the file is new. */
async function write({ path, text, mode }: NewFile): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  // A configuration may be a link to where its owner keeps such files.
  const target = await realpath(path).catch(() => path);
  const before = await stat(target).catch(() => undefined);
  const temporary = join(dirname(target), `.tslxd-${randomBytes(6).toString('hex')}`);
  try {
    await writeFile(temporary, text, { mode, flag: 'wx' });
    await chmod(temporary, before ? before.mode & 0o777 : mode); // whatever the umask
    await rename(temporary, target);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return before === undefined;
}
