import {
  isMap,
  isMissing,
  own,
  same,
  type CallOptions,
  type Json,
  type JsonMap,
} from '../../../orm/index.js';
import type { Session } from '../../../rest/session.js';
import { uncrossed } from '../crossed.js';
import { isAfter } from './server-clock.js';
import type { Look, Verdict } from './settle.js';

/** Where things of a kind are, for a look at one by its path. */
export interface Where {
  session: Session;
  /** The kind's name in messages. */
  kind: string;
}

/** After a creation of the thing at `path`. It is ours if it was made since and has what was sent. */
export function lookForNew(
  where: Where,
  path: string,
  body: Readonly<JsonMap>,
  wasThere: boolean | undefined,
): Look {
  let wasAbsent = wasThere === false;
  return async (call, sentAt) => {
    const now = await read(where, path, call);
    if (!now) {
      wasAbsent = true; // and so whatever is there later was made since
      return 'undone'; // a server takes no second one of a name
    }
    if (wasThere) return 'undone';
    const made = timeOf(now);
    const isNew =
      wasAbsent || (made === undefined ? undefined : await isAfter(where.session, made, sentAt, call));
    if (isNew === false) return 'undone'; // the server has refused it, and will again
    return isNew && hasAll(now, body) ? 'done' : 'unknown';
  };
}

/** After a deletion of the thing at `path`; `known` is what was read of it before. */
export function lookForGone(where: Where, path: string, known: JsonMap | undefined): Look {
  return async (call) => {
    const now = await read(where, path, call);
    return !now || isSame(now, known) === false ? 'done' : 'undone';
  };
}

/** After it was given a new name; `known` is what was read of it before. */
export function lookForRenamed(
  where: Where,
  path: string,
  newName: string,
  known: JsonMap | undefined,
): Look {
  const newPath = path.slice(0, path.lastIndexOf('/') + 1) + encodeURIComponent(newName);
  return async (call): Promise<Verdict> => {
    const old = await read(where, path, call); // first: it may be renamed between both
    const now = await read(where, newPath, call);
    const isIt = now && isSame(now, known);
    if (isIt || (now && !old && isIt === undefined)) return 'done';
    if (!old) return 'unknown';
    if (!now || isIt === false) return 'undone';
    return (await read(where, path, call)) ? 'unknown' : 'done'; // it has just been renamed
  };
}

/** What the server says of the thing at a path; undefined if there is none. */
export async function read(
  { session, kind }: Where,
  path: string,
  call: CallOptions,
): Promise<JsonMap | undefined> {
  try {
    const { metadata } = await uncrossed(
      async () => session.send({ method: 'GET', path, ...call }),
      call.signal,
    );
    const data = metadata as Json;
    return isMap(data) ? data : {};
  } catch (error) {
    if (isMissing(error, kind)) return undefined;
    throw error;
  }
}

/** Whether both are the same thing, by what never changes; undefined where nothing tells. */
function isSame(now: JsonMap, known: JsonMap | undefined): boolean | undefined {
  if (!known) return undefined;
  const marks = [
    [uuidOf(now), uuidOf(known)],
    [timeOf(now), timeOf(known)],
  ].filter((pair) => pair.every((value) => value !== undefined));
  return marks.length === 0 ? undefined : marks.every(([one, other]) => one === other);
}

function uuidOf({ config }: JsonMap): Json {
  return isMap(config) ? own(config, 'volatile.uuid') : undefined;
}

/** When it was made, in ms since 1970. */
function timeOf({ created_at: created, uploaded_at: uploaded }: JsonMap): number | undefined {
  const told = created ?? uploaded;
  const time = typeof told === 'string' ? Date.parse(told) : NaN;
  return time > 0 ? time : undefined; // Go's zero time is long before
}

/** Whether what was sent is there, as far as it is told at all; what the server has added does not matter. */
function hasAll(now: Json, sent: Readonly<JsonMap>): boolean {
  if (!isMap(now)) return false;
  return Object.keys(sent).every((name) => {
    const [wanted, there] = [own(sent, name), own(now, name)];
    if (wanted === undefined || wanted === null || wanted === '') return true;
    if (isMap(wanted)) return there === undefined || hasEach(there, wanted);
    return there === undefined || same(there, wanted);
  });
}

function hasEach(there: Json, wanted: JsonMap): boolean {
  if (!isMap(there)) return false;
  return Object.keys(wanted).every((key) => {
    const value = own(wanted, key);
    return value === '' || value === null || same(own(there, key), value);
  });
}
