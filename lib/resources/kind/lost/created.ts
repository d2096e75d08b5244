import { isLxdError } from '../../../errors/index.js';
import type { Ended, Finish, StartOptions } from '../../../operations/index.js';
import type { CallOptions, JsonMap } from '../../../orm/index.js';
import { lookForNew, read, type Where } from './looks.js';
import { onceDone } from './settle.js';

/** A creation: what was sent, how it is sent, and what its end gives. */
export interface Creation<T, W extends boolean> {
  body: JsonMap;
  send: (options: StartOptions<W>) => Promise<Ended<T, W>>;
  finish: Finish<T>;
}

/**
 * Creates the thing at a path once, whatever happens to the connection. In a cluster, where that happens, it is looked first
 * whether there is one already: what a server does not say when it was made is else nobody's. @throws OutcomeUnknownError
 * where it cannot be told
 */
export async function createdOnce<T, W extends boolean>(
  where: Where,
  path: string,
  { body, send, finish }: Creation<T, W>,
  options: StartOptions<W>,
): Promise<Ended<T, W>> {
  const { session } = where;
  const { signal } = options;
  const isLooked = session.connection.facts?.clustered === true;
  const wasThere = isLooked ? await isThere(where, path, { signal }) : undefined;
  const look = lookForNew(where, path, body, wasThere);
  return onceDone(session, { method: 'POST', path, location: path, send, finish, look }, options);
}

/** Undefined where that cannot be read, as of another project: the creation says why. */
async function isThere(where: Where, path: string, call: CallOptions): Promise<boolean | undefined> {
  try {
    return (await read(where, path, call)) !== undefined;
  } catch (error) {
    if (isLxdError(error)) return undefined;
    throw error;
  }
}
