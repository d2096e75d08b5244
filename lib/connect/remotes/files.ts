import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { chmod, copyFile, mkdir, realpath, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { LocalFileError } from '../../errors/index.js';

/** A file to be written. */
export interface NewFile {
  path: string;
  text: string;
  /** Of a file that is new; one that is there keeps its own, less what is not for others where this gives them nothing. */
  mode: number;
}

/** A file that is ready beside the one that it becomes. */
interface Prepared {
  path: string;
  target: string;
  temporary: string;
  /** A copy of what is there; undefined where nothing is. */
  before: string | undefined;
}

/**
 * Writes all files, each whole, with the folders that they are in; if one cannot be written, all are as they were.
 * @throws LocalFileError
 */
export async function writeAll(files: readonly NewFile[]): Promise<void> {
  const prepared: Prepared[] = [];
  const placed: Prepared[] = [];
  try {
    for (const file of files) await naming(file, () => prepare(file, prepared));
    for (const file of prepared) {
      await naming(file, () => rename(file.temporary, file.target));
      placed.push(file);
    }
  } catch (error) {
    for (const { target, before } of placed.reverse()) {
      await (before === undefined ? remove(target) : rename(before, target).catch(() => undefined));
    }
    throw error;
  } finally {
    for (const { temporary, before } of prepared) {
      await remove(temporary);
      if (before !== undefined) await remove(before);
    }
  }
}

/** Puts what it makes into `prepared` before it makes it: what is half made is taken away, too. */
async function prepare({ path, text, mode }: NewFile, prepared: Prepared[]): Promise<void> {
  await mkdir(dirname(path), { recursive: true, mode: 0o750 });
  // A configuration may be a link to where its owner keeps such files.
  const target = await realpath(path).catch(() => path);
  const there = await stat(target).catch(() => undefined);
  const beside = join(dirname(target), `.tslxd-${randomBytes(6).toString('hex')}`);
  const temporary = `${beside}.new`;
  const before = there && `${beside}.old`;
  prepared.push({ path, target, temporary, before });
  await writeFile(temporary, text, { mode, flag: 'wx' });
  await chmod(temporary, there ? modeOver(there.mode & 0o777, mode) : mode); // whatever the umask
  if (before !== undefined) await copyFile(target, before, constants.COPYFILE_EXCL);
}

/** A key is for nobody else, whoever may read what it replaces. */
function modeOver(own: number, mode: number): number {
  const isSecret = (mode & 0o077) === 0;
  return isSecret ? own & mode : own;
}

async function naming(file: { path: string }, step: () => Promise<void>): Promise<void> {
  try {
    await step();
  } catch (error) {
    throw new LocalFileError(file.path, error);
  }
}

/** What cannot be removed must not hide why it was to be. */
async function remove(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}
