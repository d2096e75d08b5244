import { kind } from '../../../kind/kind.js';
import { create } from '../../../kind/writes.js';
import { Refusal } from '../../../state/refusal.js';
import { optionProblem } from '../../../validation/options.js';
import { bucketKeysOf, poolsOf, type Bucket } from '../shelves.js';
import { importBucket } from './backups.js';
import { madeUp } from './keys.js';

/** What a request wanted to do, as the servers say it before what went wrong. */
const doing: Readonly<Record<string, string>> = {
  POST: 'Failed creating storage bucket: ',
  PUT: 'Failed updating storage bucket: ',
  PATCH: 'Failed updating storage bucket: ',
  DELETE: 'Failed deleting storage bucket: ',
};

const nameRule =
  'Bucket name must be between 3 and 63 lowercase letters, numbers, periods or hyphens and must start with a letter or number';

/** Storage buckets, as where MinIO is installed: each with a key of its own. What is in them, the fake has not. */
export const storageBuckets = kind<Bucket>({
  path: '/1.0/storage-pools/{poolName}/buckets/{bucketName}',
  title: 'storage bucket',
  scope: 'project',
  feature: 'storage.buckets',
  extension: 'storage_buckets',
  spansProjects: 'storage_buckets_all_projects',
  showsBeside: 'default',
  bodies: { create: 'StorageBucketsPost', write: 'StorageBucketPut' },
  fields: {
    config: { type: 'map', patch: 'needs' },
    description: { type: 'string', patch: 'blanks' },
    name: 'name',
    s3_url: () => '',
    location: () => 'none',
    project: (_, { product, project }) =>
      product.extensions.includes('storage_buckets_all_projects') ? project.name : undefined,
  },
  etag: ['name', 'description', 'config'],
  order: 'name',
  event: 'storage-bucket',
  quirks: { incus: { ignoresMatch: true } },
  texts: {
    // A PATCH looks for it before it does anything.
    missing: (_, method) => [
      404,
      `${method === 'PATCH' ? '' : (doing[method] ?? '')}Storage bucket not found`,
    ],
    exists: () => [409, `${doing.POST ?? ''}A bucket for that name already exists`],
    project: (name) => `Failed to load project "${name}": Project not found`,
  },
  named: (name) => (/^[a-z0-9][a-z0-9.-]{2,62}$/.test(name) ? undefined : `${doing.POST ?? ''}${nameRule}`),
  admit({ state, param }) {
    if (!poolsOf(state).has(param('poolName')))
      throw new Refusal(404, 'Failed loading storage pool: Storage pool not found');
  },
  check({ name, config }, { state, project, param }, _, method) {
    const isLocal = poolsOf(state).get(param('poolName'))?.driver === 'dir';
    const prefix = doing[method] ?? '';
    const wrong = optionProblem(config, { size: 'size' }, (key, why) =>
      why === undefined
        ? `${prefix}Invalid option for volume "${project.name}_${name}" option "${key}"`
        : `${prefix}Invalid value for volume "${project.name}_${name}" option "${key}": ${why}`,
    );
    return wrong ?? (isLocal && config.size ? `${prefix}Size cannot be specified for buckets` : undefined);
  },
  settle({ name }, { project, param, state }, before) {
    if (before) return;
    const keys = bucketKeysOf(project, param('poolName'), name);
    keys.clear();
    const own = madeUp(state.chance, { role: 'admin', description: 'Admin user' });
    keys.set('admin', { name: 'admin', ...own });
  },
  tells: [
    'key',
    ({ name }, { project, param }) => bucketKeysOf(project, param('poolName'), name).get('admin'),
  ],
  handlers: {
    list: {
      async POST(call, of) {
        const isFile = call.request.headers.get('content-type') === 'application/octet-stream';
        return isFile && call.product.name === 'incus' ? importBucket(call, of) : create(call, of);
      },
    },
  },
});
