import type { ErrorDetails } from './base.js';

/** What a refusal can be about, other than what its status says. */
export type Refused = 'exists' | 'inUse';

/** Words that mean one of these, wherever they stand in what the server says. */
export interface RefusalTexts {
  exists?: RegExp | undefined;
  inUse?: RegExp | undefined;
}

/** Statuses that the servers use for these without any rule; the others mean what they say. */
const vague: readonly (number | undefined)[] = [400, 409, 500];

/**
 * What LXD 5.0 and 6 and Incus 6.0 and 7 say, of every kind of thing. The status says nothing: a name in use is 400, 409
 * or 500, and of the same kind another on another server, or the failure of an operation.
 */
const texts: Required<RefusalTexts> = {
  exists: new RegExp(
    [
      'already exists', // The network already exists; This "instances" entry already exists
      'exists already', // An ACL by that name exists already
      'UNIQUE constraint failed', // the database's own words, e.g. of records, projects and imports
      'already created', // The storage pool is already created
      'already in trust store', // Certificate already in trust store
      '\\b(name|snapshot|backup) .*already in use', // Name "web" already in use; Snapshot "s1" already in use
      '\\brename \\S+ \\S+: file exists', // of snapshots of volumes
    ].join('|'),
    'i',
  ),
  inUse: new RegExp(
    [
      '(?<!not )\\bin use\\b', // The network is currently in use; Cannot delete an ACL that is in use
      'used by running instances', // Cannot restore custom volume used by running instances
      'only empty projects can be', // Only empty projects can be removed
    ].join('|'),
    'i',
  ),
};

/** A port of the host, not a thing of the server: `bind: address already in use`. */
const addressTaken = /address already in use/i;

/** Of an import of a volume: `into database "UNIQUE constraint failed: storage_volumes.name"`. */
const databaseWords = /(?<=\binto database )"(UNIQUE constraint failed: [\w., ]+)"(?= \(\d+\)$|$)/;

/** The same instance is being created by somebody else. Of every other request it means that the instance is busy. */
const beingCreated = /is busy running a "create" operation/i;
const creations = /^\/1\.0\/(instances|containers|virtual-machines)$/;

/** What the words of a refusal are about; undefined where the status alone says it. */
export function refusedAs(
  text: string,
  { status, method, path }: ErrorDetails,
  { exists, inUse }: RefusalTexts = texts,
): Refused | undefined {
  if (!vague.includes(status)) return undefined;
  if (method === 'POST' && creations.test(path ?? '') && beingCreated.test(text)) return 'exists';
  const said = text
    .replace(databaseWords, '$1') // the one thing in quotes that is the server's own
    .replace(/"[^"]*"/g, '""'); // names and values are anybody's words
  if (addressTaken.test(said)) return undefined;
  if (exists?.test(said)) return 'exists';
  return inUse?.test(said) ? 'inUse' : undefined;
}
