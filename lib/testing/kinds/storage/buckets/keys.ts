import { noSuchMethod } from '../../../http/reply.js';
import { kind } from '../../../kind/kind.js';
import type { Place } from '../../../kind/place.js';
import { Refusal } from '../../../state/refusal.js';
import type { Chance } from '../../../state/chance.js';
import { bucketsOf, poolsOf, type BucketKey } from '../shelves.js';

const roles = ['admin', 'read-only'];

/** What a request wanted to do, as the servers say it before what went wrong. */
const doing: Readonly<Record<string, string>> = {
  POST: 'Failed creating storage bucket key: ',
  PUT: 'Failed updating storage bucket key: ',
  DELETE: 'Failed deleting storage bucket key: ',
};

/** Both halves of a key, where they are not given. */
export function madeUp(chance: Chance, given: Partial<BucketKey> = {}): Omit<BucketKey, 'name'> {
  return {
    description: given.description ?? '',
    role: given.role ?? '',
    'access-key': given['access-key'] || chance.hex(10).toUpperCase(),
    'secret-key': given['secret-key'] || chance.bytes(30).toString('base64'),
  };
}

/** Keys of storage buckets. */
export const bucketKeys = kind<BucketKey>({
  path: '/1.0/storage-pools/{poolName}/buckets/{bucketName}/keys/{keyName}',
  title: 'storage bucket key',
  scope: 'project',
  feature: 'storage.buckets',
  extension: 'storage_buckets',
  bodies: { create: 'StorageBucketKeysPost', write: 'StorageBucketKeyPut' },
  fields: {
    description: { type: 'string', patch: 'blanks' },
    role: { type: 'string', patch: 'blanks' },
    'access-key': { type: 'string', patch: 'blanks' },
    'secret-key': { type: 'string', patch: 'blanks' },
    name: 'name',
  },
  etag: ['name', 'description', 'role', 'access-key', 'secret-key'],
  order: 'name',
  event: 'storage-bucket-key',
  badFilter: 'ignored',
  ignoresMatch: true,
  texts: {
    missing: (_, method) => [404, `${doing[method] ?? ''}Storage bucket key not found`],
    exists: () => [409, `${doing.POST ?? ''}A bucket key for that name already exists`],
  },
  named: (name) => (name ? undefined : [400, 'No name provided']),
  admit({ state, project, param }, method, isList) {
    if (!poolsOf(state).has(param('poolName')))
      throw new Refusal(404, 'Failed loading storage pool: Storage pool not found');
    if (bucketsOf(project, param('poolName')).has(param('bucketName'))) return;
    const asked = isList && method === 'GET' ? 'Failed loading storage bucket: ' : '';
    throw new Refusal(404, `${doing[method] ?? asked}Storage bucket not found`);
  },
  settle: (key, { state }) => Object.assign(key, madeUp(state.chance, key)),
  check({ role }, _, __, method) {
    return roles.includes(role) ? undefined : `${doing[method] ?? ''}Invalid key role`;
  },
  // Of the pool in the place of the bucket.
  locatedAt: (name, place) =>
    (place as unknown as Place).url(name).replace(/\/buckets\/[^/]+/, `/buckets/${place.param('poolName')}`),
  tells: ['key', (key) => key],
  handlers: {
    one: {
      PATCH() {
        throw new Refusal(501, noSuchMethod);
      },
    },
  },
});
