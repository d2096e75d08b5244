import { gunzipSync, gzipSync } from 'node:zlib';
import { readTar, writeTar } from '../../../archive/tar.js';
import type { Call } from '../../../http/call.js';
import { recursionOf } from '../../../http/collection.js';
import { done, started } from '../../../http/reply.js';
import { answer } from '../../../kind/answer.js';
import { kind, type Kind } from '../../../kind/kind.js';
import { Place } from '../../../kind/place.js';
import { answerList, itemsOf } from '../../../kind/routes.js';
import { nameOf, placeOf } from '../../../kind/writes.js';
import { dict } from '../../../state/maps.js';
import { nextName } from '../../../state/names.js';
import { Dropped, Refusal } from '../../../state/refusal.js';
import { never, wholeSeconds } from '../../../state/time.js';
import { fileHeaders } from '../../files.js';
import { compressionProblem } from '../compression.js';
import { isDirect, sentDirectly } from '../direct.js';
import { bucketKeysOf, bucketsOf, poolsOf, type Bucket, type BucketKey } from '../shelves.js';

/** A backup of a bucket as it is kept. */
interface BucketBackup {
  name: string;
  created_at: string;
  expires_at: string;
  data: Buffer;
}

/** What the archive says; there are no objects in the fake's buckets. */
interface Index {
  name: string;
  config: { bucket: Bucket; bucket_keys: BucketKey[] };
}

const path = '/1.0/storage-pools/{poolName}/buckets/{bucketName}/backups/{backupName}';
const indexPath = 'backup/index.yaml';

function pack({ project, param }: Place, algorithm: string): Buffer {
  const [pool, name] = [param('poolName'), param('bucketName')];
  const bucket = bucketsOf(project, pool).get(name);
  if (!bucket) throw new Refusal(404, 'Storage bucket not found');
  const bucket_keys = [...bucketKeysOf(project, pool, name).values()];
  const index: Index = { name, config: { bucket, bucket_keys } };
  const data = Buffer.from(JSON.stringify(index, null, 2));
  const node = { type: 'file', mode: 0o644, uid: 0, gid: 0, modified: 0, data } as const;
  const tar = writeTar([{ path: indexPath, node }]);
  return algorithm === 'none' ? tar : gzipSync(tar);
}

function unpack(bytes: Buffer): Index {
  if (bytes.length === 0) throw new Refusal(400, 'EOF');
  try {
    const [entry] = readTar(bytes[0] === 0x1f ? gunzipSync(bytes) : bytes);
    if (entry?.path === indexPath && entry.node.type === 'file')
      return JSON.parse(entry.node.data.toString()) as Index;
  } catch {
    // What cannot be read is none.
  }
  throw new Refusal(400, 'Unsupported compression');
}

const now = ({ state }: Place): string => wholeSeconds(state.now());

async function create(call: Call, of: Kind): Promise<Response> {
  const place = placeOf(call, of, true);
  const body = await call.body<{ name: string; expires_at: string; compression_algorithm: string }>({
    type: of.bodies.create,
    fields: { name: 'string', expires_at: 'time', compression_algorithm: 'string' },
  });
  const { compression_algorithm: algorithm = '', expires_at = never } = body;
  if (isDirect(call)) return sentDirectly(pack(place, algorithm));
  const name = body.name || nextName('backup%d', place.shelf.keys());
  const says = place.nameProblem(name, 'create') ?? compressionProblem(call.product.name, algorithm);
  if (says) throw new Refusal(...says);
  return answer(place, {
    ...{ action: 'create', method: 'POST', name },
    run() {
      if (place.shelf.has(name)) {
        const { bucketName } = place.params;
        throw new Refusal(500, `Create bucket backup: Backup "${bucketName}/${name}" already exists`);
      }
      place.shelf.set(name, { name, created_at: now(place), expires_at, data: pack(place, algorithm) });
      place.tell('create', name);
    },
    done,
  });
}

/** GET of the list, which as a list of URLs makes the real server panic. */
function list(call: Call, of: Kind): Response {
  const place = placeOf(call, of, true);
  if (recursionOf(call) === 0 && place.shelf.size > 0) throw new Dropped();
  return answerList(call, place, itemsOf(place));
}

/** POST to one, which no server is able to. */
async function rename(call: Call, of: Kind): Promise<Response> {
  const place = placeOf(call, of);
  const { name = '' } = await call.body<{ name: string }>({ type: '', fields: { name: 'string' } });
  const says = place.nameProblem(name, 'rename');
  if (says) throw new Refusal(...says);
  const oldName = nameOf(call, of);
  place.find(oldName);
  return answer(place, {
    ...{ action: 'rename', method: 'POST', name, oldName },
    run() {
      const folder = `/var/lib/incus/backups/buckets/${place.param('poolName')}/${place.project.name}_${place.param('bucketName')}`;
      throw new Refusal(500, `rename ${folder}/${oldName} ${folder}/${name}: no such file or directory`);
    },
    done,
  });
}

function exported(call: Call, of: Kind): Response {
  const { project, params } = Place.of(call.state, of, call.params, call.projectName);
  if (!bucketsOf(project, params.poolName ?? '').has(params.bucketName ?? ''))
    throw new Refusal(404, 'Storage bucket not found');
  const place = placeOf(call, of);
  const { data, created_at } = place.find(nameOf(call, of)) as unknown as BucketBackup;
  return new Response(new Uint8Array(data), { headers: fileHeaders('', data, Date.parse(created_at)) });
}

/** POST of a file: a bucket is made of the backup that is in it. */
export async function importBucket(call: Call, of: Kind): Promise<Response> {
  const place = placeOf(call, of, true);
  const { state, project, params } = place;
  const pool = params.poolName ?? '';
  const { name: own, config } = unpack(await call.bytes());
  const name = call.header('name') || own;
  const operation = state.operations.start({
    project: project.name,
    description: 'Restoring bucket backup',
    resources: { storage_buckets: [`/1.0/storage-pools/${pool}/buckets/bucket/${name}`] },
    run() {
      const fail = (why: string) => {
        throw new Refusal(500, `Create bucket from backup: ${why}`);
      };
      if (place.shelf.has(name)) fail('A bucket for that name already exists');
      const inUse = [...bucketsOf(project, pool).keys()].flatMap((bucket) =>
        [...bucketKeysOf(project, pool, bucket).values()].map((key) => key['access-key']),
      );
      if (config.bucket_keys.some((key) => inUse.includes(key['access-key'])))
        fail('A bucket key using that access key already exists on this server');
      const { description, config: keys } = config.bucket;
      bucketsOf(project, pool).set(name, { name, description, config: dict<string>(keys) });
      for (const key of config.bucket_keys) bucketKeysOf(project, pool, name).set(key.name, key);
      place.tell('create', name);
    },
  });
  return started(operation);
}

/** Backups of storage buckets. */
export const bucketBackups = kind<BucketBackup>({
  path,
  title: 'bucket backup',
  scope: 'project',
  feature: 'storage.buckets',
  extension: 'storage_bucket_backup',
  bodies: { create: 'StorageBucketBackupsPost' },
  fields: {
    name: 'name',
    expires_at: { type: 'time', patch: 'given' },
    created_at: ({ created_at }) => created_at,
  },
  etag: [],
  event: 'storage-bucket-backup',
  badFilter: 'ignored',
  hidesETag: true,
  texts: {
    missing: [404, 'Storage bucket backup not found'],
    exists: (name) => [500, `Backup "${name}" already exists`],
  },
  named: (name) => (name.includes('/') ? [400, 'Backup names may not contain slashes'] : undefined),
  admit({ state, project, param }, method, isList) {
    const [pool, bucket] = [param('poolName'), param('bucketName')];
    if (!poolsOf(state).has(pool))
      throw new Refusal(404, 'Failed loading storage pool: Storage pool not found');
    if (bucketsOf(project, pool).has(bucket)) return;
    throw new Refusal(404, `Storage bucket ${isList ? '' : 'backup '}not found`);
  },
  settle(backup, place) {
    const at = place as unknown as Place;
    Object.assign(backup, { created_at: now(at), data: pack(at, '') });
  },
  resources: ({ product, project, param }, name) => {
    const own = ['storage-pools', param('poolName'), 'buckets', param('bucketName')];
    return {
      backups: [product.url(project.name, [...own, 'backups', name])],
      storage_buckets: [product.url(project.name, own)],
    };
  },
  handlers: {
    list: { GET: list, POST: create },
    one: { POST: rename },
    more: { [`${path}/export`]: { GET: exported } },
  },
});
