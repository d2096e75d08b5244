import { randomBytes } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { chmod, lstat, mkdir, realpath, rename, rm, symlink, utimes } from 'node:fs/promises';
import { basename, dirname, join, posix, resolve } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { InvalidInputError, ProtocolError } from '../../errors/index.js';
import type { FileInfo } from './info.js';
import { isSingle, namesIn, type FileRequests } from './requests.js';
import { Transfer, type PullOptions, type TransferReport } from './transfer.js';

/**
 * Copies a tree of an instance here. Names are taken for single ones or refused, links are made last and never followed,
 * and files are written under another name first: whatever the instance offers, nothing is written elsewhere.
 */
export async function pull(
  requests: FileRequests,
  remote: string,
  local: string,
  options: PullOptions,
): Promise<TransferReport> {
  if (typeof local !== 'string' || local === '')
    throw new InvalidInputError('pull(): the local path is empty');
  const { signal } = options;
  const transfer = new Transfer(options);
  const call = { signal }; // the client's time ends what stalls, such as a named pipe that never opens
  const root = await rootFor(local);
  const links: { path: string; target: string }[] = [];
  const directories: { at: string; info: FileInfo }[] = [];
  const opened = await requests.follow(remote, call); // that there is nothing is said at once
  opened.body.on('error', () => undefined); // it is not read if we are aborted here
  transfer.add('', async () => take('', opened));
  await transfer.settled();
  opened.body.destroy();
  for (const { path, target } of links) transfer.add(path, async () => link(path, target));
  await transfer.settled();
  // The innermost first, since one that may not be written could not be entered either.
  for (const { at, info } of directories.reverse()) await chmod(at, info.mode);
  return transfer.close(`pull() of ${remote}`);

  async function take(path: string, { info, body }: { info: FileInfo; body: Readable }): Promise<void> {
    const at = join(root, path);
    if (info.isFile()) {
      const bytes = await writeFile(at, info, body, signal);
      transfer.count('files', path, bytes);
    } else if (info.isSymbolicLink()) {
      links.push({ path, target: (await buffer(body)).toString() });
    } else {
      const names = await namesIn(body, posix.join(opened.path, path));
      await makeDirectory(at);
      directories.push({ at, info });
      transfer.count('directories', path);
      for (const name of new Set(names)) enter(path, name);
    }
  }

  function enter(path: string, name: string): void {
    const inner = posix.join(path, name);
    transfer.add(isSingle(name) ? inner : `${path}/${name}`, async () => {
      if (!isSingle(name))
        throw new ProtocolError(`${JSON.stringify(name)} is no name that a directory can hold`);
      await take(inner, await requests.open(posix.join(opened.path, inner), call));
    });
  }

  async function link(path: string, target: string): Promise<void> {
    const at = join(root, path);
    await removeOld(at);
    await symlink(localTarget(posix.join(opened.path, path), target, opened.path), at);
    transfer.count('links', path);
  }
}

/** The place that the tree becomes; a link that is there already was the caller's wish, and is followed now. */
async function rootFor(local: string): Promise<string> {
  const path = resolve(local);
  await mkdir(dirname(path), { recursive: true });
  try {
    return await realpath(path);
  } catch {
    return join(await realpath(dirname(path)), basename(path));
  }
}

/** The servers make links absolute: one into the tree is made relative again, so that it leads into the copy. */
function localTarget(path: string, target: string, root: string): string {
  const inside = target === root || target.startsWith(root.endsWith('/') ? root : `${root}/`);
  return inside ? posix.relative(posix.dirname(path), target) || '.' : target;
}

async function makeDirectory(at: string): Promise<void> {
  try {
    await mkdir(at, { mode: 0o700 });
  } catch (error) {
    const found = await lstat(at).catch(() => undefined);
    if (!found) throw error;
    if (!found.isDirectory()) throw new InvalidInputError(`${at} is there already, and is no directory`);
    await chmod(at, found.mode | 0o700);
  }
}

async function writeFile(
  at: string,
  info: FileInfo,
  body: Readable,
  signal: AbortSignal | undefined,
): Promise<number> {
  const temporary = join(dirname(at), `.tslxd-${randomBytes(8).toString('hex')}`);
  let bytes = 0;
  body.on('data', (chunk: Buffer) => (bytes += chunk.length));
  try {
    await pipeline(body, createWriteStream(temporary, { flags: 'wx', mode: 0o600 }), { signal });
    if (info.size !== undefined && bytes !== info.size) {
      throw new ProtocolError(`${at}: got ${String(bytes)} of ${String(info.size)} bytes`);
    }
    await chmod(temporary, info.mode);
    if (info.mtime) await utimes(temporary, info.mtime, info.mtime);
    const found = await lstat(at).catch(() => undefined);
    if (found?.isDirectory()) throw new InvalidInputError(`${at} is there already, and is a directory`);
    await rename(temporary, at);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  return bytes;
}

async function removeOld(at: string): Promise<void> {
  const found = await lstat(at).catch(() => undefined);
  if (!found) return;
  if (found.isDirectory()) throw new InvalidInputError(`${at} is there already, and is a directory`);
  await rm(at);
}
