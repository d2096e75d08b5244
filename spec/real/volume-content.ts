import { createHash, randomBytes } from 'node:crypto';
import type { Client, Instance, StorageVolume } from 'tslxd';
import { booted, makeBusybox } from './client.js';
import type { RealServer } from './server.js';

/** Where a container has the volume that is looked into. */
export const mounted = '/mnt/data';

const file = `${mounted}/file`;
const kept = { uid: 12, gid: 34, mode: 0o640 };

/** A file's hash, owner and mode. */
export type Content = readonly [hash: string, uid: number, gid: number, mode: number];

/** What `work` makes of a volume that a container has attached meanwhile, at `/mnt/data`. */
export async function attached<T>(volume: StorageVolume, web: Instance, work: () => Promise<T>): Promise<T> {
  await volume.attachTo(web, { device: 'looked-at', path: mounted });
  try {
    return await work();
  } finally {
    await volume.detachFrom(web);
  }
}

/** The same in a container of its own, in the client's project and the volume's pool, which goes afterwards. */
export async function inContainer<T>(
  server: RealServer,
  client: Client,
  volume: StorageVolume,
  work: (web: Instance) => Promise<T>,
): Promise<T> {
  const devices = { root: { type: 'disk', path: '/', pool: volume.pool } };
  const web = await makeBusybox(server, client, { profiles: [], devices });
  try {
    await volume.attachTo(web, { path: mounted });
    await booted(await web.start());
    return await work(web);
  } finally {
    await web.delete({ force: true });
  }
}

/** Fills the volume that a container has attached, and gives it a snapshot `before` with other content. */
export async function fill(
  volume: StorageVolume,
  web: Instance,
  size: number,
): Promise<{ before: Content; after: Content }> {
  const [before, after] = [randomBytes(1000), randomBytes(size)];
  await web.files.writeFile(file, before, kept);
  const expiresAt = new Date(2_000_000_000_000);
  await volume.snapshots.create({ name: 'before', description: 'As it was', expiresAt });
  await web.files.writeFile(file, after);
  return { before: contentOf(before), after: contentOf(after) };
}

/** What is in the volume that a container has attached. */
export async function contentIn(web: Instance): Promise<Content> {
  return contentOf(await web.files.readFile(file), await web.files.stat(file));
}

function contentOf(data: Uint8Array, { uid, gid, mode }: typeof kept = kept): Content {
  return [createHash('sha256').update(data).digest('hex'), uid, gid, mode & 0o777];
}
