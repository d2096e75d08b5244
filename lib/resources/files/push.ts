import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, readlink } from 'node:fs/promises';
import { join, posix } from 'node:path';
import type { Stats } from 'node:fs';
import { InvalidInputError } from '../../errors/index.js';
import { checkAttributes } from './check.js';
import { inTheWay, type FileRequests } from './requests.js';
import { Transfer, type PushOptions, type TransferReport } from './transfer.js';

/** Files up to this size, in bytes, are sent in one piece, which is quicker than a stream. */
const smallFile = 64 * 1024;

/** Copies a local tree to an instance: its directories first, then the files, then the links. */
export async function push(
  requests: FileRequests,
  local: string,
  remote: string,
  options: PushOptions,
): Promise<TransferReport> {
  const { uid, gid, signal } = options;
  if (typeof local !== 'string' || local === '')
    throw new InvalidInputError('push(): the local path must be a non-empty string');
  checkAttributes(options);
  const transfer = new Transfer(options);
  const root = await lstat(local).catch((error: unknown) => {
    throw new InvalidInputError(`push(): ${local} cannot be read: ${(error as Error).message}`, error);
  });
  const isNew = (await requests.findToWrite(remote, { signal })) === undefined;
  const later: { path: string; work: () => Promise<void> }[] = [];
  await visit('', root);
  await transfer.settled();
  for (const { path, work } of later) transfer.add(path, work);
  await transfer.settled();
  return transfer.close(`push() of ${local}`);

  async function visit(path: string, stats: Stats): Promise<void> {
    const at = path === '' ? remote : posix.join(remote, path);
    const from = join(local, path);
    const mode = stats.mode & 0o777;
    if (stats.mode & 0o7000 && !(stats.isFile() && options.mode !== undefined))
      transfer.skip(path, 'set-uid, set-gid and sticky bits cannot be sent');
    if (stats.isDirectory()) {
      let made = false;
      transfer.add(path, async () => {
        const found = isNew ? undefined : await requests.findToWrite(at, { signal });
        if (found && !found.isDirectory()) throw inTheWay(at, found.type);
        if (!found) await requests.write(at, 'directory', Buffer.alloc(0), { mode, uid, gid }, { signal });
        transfer.count('directories', path);
        made = true;
      });
      await transfer.settled(); // what is in it needs it
      if (!made) return;
      for (const name of (await readdir(from)).sort()) {
        const inner = posix.join(path, name);
        if (name.includes('\uFFFD')) transfer.skip(inner, 'its name is not UTF-8');
        else await visit(inner, await lstat(join(from, name)));
      }
    } else if (stats.isFile()) {
      later.push({ path, work: async () => file(from, at, path, stats.size, options.mode ?? mode) });
    } else if (stats.isSymbolicLink()) {
      later.push({ path, work: async () => link(from, at, path) });
    } else {
      transfer.skip(path, 'it is no file, directory or link');
    }
  }

  async function file(from: string, at: string, path: string, size: number, mode: number): Promise<void> {
    const found = isNew ? undefined : await requests.findToWrite(at, { signal });
    if (found?.isDirectory()) throw inTheWay(at, found.type);
    // Never through a link; and the mode of a file that is there stays as it is.
    if (found && (found.isSymbolicLink() || found.mode !== mode)) await requests.remove(at, { signal });
    let sent = 0;
    const body = size <= smallFile ? await readFile(from) : piecesOf(from);
    const call = { signal, onUpload: (bytes: number) => (sent = bytes) };
    await requests.write(at, 'file', body, { mode, uid, gid }, call);
    transfer.count('files', path, Buffer.isBuffer(body) ? body.length : Math.max(sent, size));
  }

  async function link(from: string, at: string, path: string): Promise<void> {
    const target = await readlink(from);
    const found = isNew ? undefined : await requests.findToWrite(at, { signal });
    if (found?.isDirectory()) throw inTheWay(at, found.type);
    if (found) await requests.remove(at, { signal });
    await requests.write(at, 'symlink', Buffer.from(target), {}, { signal });
    transfer.count('links', path);
  }
}

/** Opened when it is sent: a stream that fails, or is left, before that would be nobody's. */
async function* piecesOf(path: string): AsyncGenerator<Buffer, void, void> {
  yield* createReadStream(path, { highWaterMark: 1 << 20 }) as AsyncIterable<Buffer>;
}
