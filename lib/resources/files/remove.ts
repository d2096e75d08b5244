import { posix } from 'node:path';
import { ProtocolError, ResponseError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { Turns } from '../../rest/turns.js';
import { Limit } from '../transfer/limit.js';
import { isMissing } from './file-errors.js';
import { assertSingle, namesIn, noneIfMissing, type FileRequests } from './requests.js';

/** How many requests of one removal are under way at a time. */
const width = 8;

/**
 * Removes what is at a path, and if that is a directory all that is in it; no link is followed. Each thing is first
 * removed as it is, which works of all but full directories, so that most take one request.
 */
export async function removeTree(
  requests: FileRequests,
  path: string,
  { signal, timeout }: CallOptions,
): Promise<void> {
  const limit = new Limit(`files.rm() of ${path}`, signal, timeout); // for all of it: a tree may have no end
  try {
    await removeAll(requests, path, { signal: limit.signal });
  } catch (error) {
    throw limit.errorOf(error);
  } finally {
    limit.clear();
  }
}

async function removeAll(requests: FileRequests, path: string, call: CallOptions): Promise<void> {
  const turns = new Turns(width);
  let failed = false;

  const remove = async (at: string): Promise<void> => {
    const names = await turns.take(async () => (failed ? [] : removeOne(requests, at, call)), {
      signal: call.signal,
    });
    if (names.length === 0) return;
    // What somebody else removes meanwhile is as well.
    await all(names.map(async (name) => remove(posix.join(at, name)).catch(noneIfMissing)));
    await turns.take(async () => requests.remove(at, call), { signal: call.signal });
  };

  /** Waits for each, so that nothing goes on behind the caller's back, and begins nothing more after a failure. */
  const all = async (works: readonly Promise<void>[]): Promise<void> => {
    for (const work of works) work.catch(() => (failed = true));
    const ends = await Promise.allSettled(works);
    const bad = ends.find((end) => end.status === 'rejected');
    if (bad) throw bad.reason as Error;
  };

  await remove(path);
}

/** Removes what is at a path; resolves with the names in it if it is a directory that must be emptied first. */
async function removeOne(requests: FileRequests, path: string, call: CallOptions): Promise<string[]> {
  try {
    await requests.remove(path, call);
    return [];
  } catch (error) {
    if (!(error instanceof ResponseError) || error instanceof ProtocolError || isMissing(error)) throw error;
    if (!(await requests.head(path, call)).isDirectory()) throw error;
    const { info, body } = await requests.open(path, call);
    const names = info.isDirectory() ? await namesIn(body, path) : [];
    body.destroy();
    if (names.length === 0) throw error;
    assertSingle(names, path);
    return names;
  }
}
