import type { Call } from '../../http/call.js';
import { projectNames, type Item } from '../../http/collection.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch } from '../../http/etag.js';
import { done, sync } from '../../http/reply.js';
import { etag } from '../../http/etag.js';
import { answer } from '../../kind/answer.js';
import { changed, guarded, printed, shapeOf, stored } from '../../kind/fields.js';
import type { Kind, Thing } from '../../kind/kind.js';
import { Place } from '../../kind/place.js';
import { answerList, read } from '../../kind/routes.js';
import { create, nameOf, placeOf, rename, update } from '../../kind/writes.js';
import { Refusal } from '../../state/refusal.js';
import { copyVolume, moveVolume, type CopySource } from './volume-copies.js';
import { restoreContent } from './state/content.js';
import { assertNotRunning } from './disks.js';
import { poolsOf, volumeTypes, type Volume } from './shelves.js';
import { importVolume } from './volume-import.js';
import {
  offerVolume,
  remoteFields,
  takeVolume,
  type MigrationSource,
  type VolumeOffer,
} from './volume-migration.js';
import { volumeSnapshots } from './volume-snapshots.js';

const source: Shape = {
  type: 'StorageVolumeSource',
  fields: {
    name: 'string',
    type: 'string',
    pool: 'string',
    project: 'string',
    volume_only: 'bool',
    refresh: 'bool',
    mode: 'string',
    ...remoteFields,
  },
};

const inUse = 'Volume is still in use by running instances';

/** The snapshots of one volume. */
function snapshotsBelow({ state, project, params }: Place, volumeName: string): Place {
  return new Place(state, volumeSnapshots, project, { ...params, volumeName });
}

/** A snapshot as the volume that it is, too. */
function snapshotJson(place: Place, volume: Thing, snapshot: Thing): Thing {
  const { content_type } = volume;
  return printed(place, { ...snapshot, name: `${volume.name}/${snapshot.name}`, content_type });
}

/** The volumes of a place, and their snapshots among them. */
function entriesOf(place: Place): (Item & { name: string })[] {
  return [...place.shelf.values()].flatMap((volume) => {
    const below = snapshotsBelow(place, volume.name);
    const snapshots = [...below.shelf.values()].map((snapshot) => ({
      name: `${volume.name}/${snapshot.name}`,
      url: below.url(snapshot.name),
      json: () => snapshotJson(place, volume, snapshot),
    }));
    return [
      { name: volume.name, url: place.url(volume.name), json: () => printed(place, volume) },
      ...snapshots,
    ];
  });
}

function list(call: Call, kind: Kind, asked: readonly string[]): Response {
  const names = projectNames(call, true);
  const places = asked.map((type) => Place.all(call.state, kind, { ...call.params, type }, names, true));
  for (const place of places.flat()) kind.admit?.(place, 'GET', true);
  const items = places.flatMap((ofType) => {
    const entries = ofType.flatMap(entriesOf);
    return entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  });
  const [place] = places.flat();
  return place ? answerList(call, place, items) : sync([]);
}

/** GET of the volumes of all types. */
export const listAll = (call: Call, kind: Kind): Response => list(call, kind, volumeTypes);

/** GET of the volumes of all pools, where the server can; `type` is empty for those of all types. */
export function listPools(call: Call, kind: Kind): Response {
  if (!call.product.extensions.includes('storage_volumes_all')) throw new Refusal(404, 'not found');
  const asked = call.params.type ? [call.params.type] : volumeTypes;
  const places = projectNames(call, true).flatMap((project) =>
    [...poolsOf(call.state).keys()].flatMap((poolName) =>
      asked.map((type) => Place.of(call.state, kind, { ...call.params, poolName, type }, project, true)),
    ),
  );
  const items = places.flatMap((place) =>
    entriesOf(place).map((entry) => ({
      ...entry,
      json: (recursion: number) => ({ ...entry.json(recursion), pool: place.param('poolName') }),
    })),
  );
  const [place] = places;
  return place ? answerList(call, place, items) : sync([]);
}

/** GET of those of one. */
export const listTyped = (call: Call, kind: Kind): Response => list(call, kind, [call.param('type')]);

/** GET of one, where `volume/snapshot` is one, too. */
export function readAny(call: Call, kind: Kind): Response {
  const [volumeName = '', name, ...rest] = nameOf(call, kind).split('/');
  if (name === undefined || rest.length > 0) return read(call, kind);
  const place = placeOf(call, kind);
  const volume = place.find(volumeName);
  const json = snapshotJson(place, volume, snapshotsBelow(place, volumeName).find(name));
  return sync(json, etag(kind.etag.map((field) => json[field])));
}

/** Only exactly this content type is a file. */
const isUpload = ({ request }: Call): boolean =>
  request.headers.get('content-type') === 'application/octet-stream';

/** POST to the volumes of all types. */
export async function createTyped(call: Call, kind: Kind): Promise<Response> {
  if (isUpload(call) && call.product.name === 'incus') return importVolume(call, kind);
  const { name, type = '' } = await call.body<{ name: string; type: string }>({
    type: kind.bodies.create,
    fields: { name: 'string', type: 'string' },
  });
  if (name && !type && call.product.name === 'lxd')
    throw new Refusal(400, 'You must provide a storage volume type of the storage volume');
  call.params = { ...call.params, type };
  return createOrCopy(call, kind);
}

/** POST to those of one type: an empty volume, or a copy of another. */
export async function createOrCopy(call: Call, kind: Kind): Promise<Response> {
  if (isUpload(call)) return importVolume(call, kind);
  const shape = shapeOf(kind, 'create');
  const body = await call.body<Thing & { source: CopySource & MigrationSource }>({
    ...shape,
    fields: { ...shape.fields, source },
  });
  const from = body.source;
  // A copy of nothing in particular is a new volume.
  if (!from?.type || from.type === 'none' || (from.type === 'copy' && !from.name)) return create(call, kind);
  const place = placeOf(call, kind, true);
  const { name = '' } = body;
  const says =
    place.nameProblem(name, 'create') ?? kind.precheck?.({ content_type: '', ...body, name }, place);
  if (says && !(says[0] === 409 && from.refresh)) throw new Refusal(...says);
  if (from.type === 'copy') return copyVolume(kind, place, from, { ...body, name });
  if (from.type === 'migration') return takeVolume(call, kind, place, { ...body, name }, from);
  throw new Refusal(400, `Unknown source type "${from.type}"`);
}

/** POST to one: another name, or another pool or project. */
export async function renameOrMove(call: Call, kind: Kind): Promise<Response> {
  const body = await call.body<
    { name: string; pool: string; project: string; migration: boolean } & VolumeOffer
  >({
    type: kind.bodies.rename ?? '',
    fields: {
      ...{ name: 'string', pool: 'string', project: 'string', migration: 'bool', volume_only: 'bool' },
      target: { type: 'StorageVolumePostTarget', fields: remoteFields },
    },
  });
  const { name = '', pool, project } = body;
  if (body.migration) {
    const place = placeOf(call, kind);
    const says = name ? undefined : place.nameProblem(name, 'rename');
    if (says) throw new Refusal(...says);
    const oldName = nameOf(call, kind);
    place.find(oldName);
    return offerVolume(call, place, oldName, body);
  }
  const place = placeOf(call, kind);
  const oldName = nameOf(call, kind);
  if (!pool && !project) {
    if (name && !place.shelf.has(name)) assertNotRunning(place, oldName, inUse);
    return rename(call, kind);
  }
  place.find(oldName);
  const says = place.nameProblem(name, 'rename');
  if (says) throw new Refusal(...says);
  const params = { ...place.params, poolName: pool ?? '' };
  const target = Place.of(call.state, kind, params, project ?? call.projectName);
  const isThere = pool === place.param('poolName') && target.project === place.project;
  if (isThere && name !== oldName) {
    if (!place.shelf.has(name)) assertNotRunning(place, oldName, inUse);
    return rename(call, kind);
  }
  kind.admit?.(target, 'POST', false);
  if (target.shelf.has(name)) throw new Refusal(409, 'Volume by that name already exists');
  assertNotRunning(place, oldName, inUse);
  return moveVolume(place, oldName, target, name);
}

/** PUT of one, which can put a snapshot back in its place. */
export async function updateOrRestore(call: Call, kind: Kind): Promise<Response> {
  const { type, fields } = shapeOf(kind, 'write');
  const body = await call.body<Thing & { restore: string }>({
    type,
    fields: { ...fields, restore: 'string' },
  });
  const { restore, ...written } = body;
  if (!restore) return update(call, kind);
  const place = placeOf(call, kind);
  const name = nameOf(call, kind);
  const volume = place.find(name);
  checkMatch(call.request.headers, guarded(place, volume));
  if (restore.includes('/')) throw new Refusal(500, 'Invalid snapshot name');
  assertNotRunning(place, name, 'Cannot restore custom volume used by running instances');
  if (!snapshotsBelow(place, name).shelf.has(restore)) throw new Refusal(500, 'Snapshot not found');
  return answer(place, {
    ...{ action: 'update', method: 'PUT', name },
    run() {
      const snapshot = snapshotsBelow(place, name).find(restore);
      restoreContent(volume as unknown as Volume, snapshot as unknown as Volume);
      // What is not said as well, stays.
      if (written.config || written.description)
        Object.assign(volume, stored(kind, changed(kind, volume, written, false)));
      const path = [...place.path(), `${place.project.name}_${name}`];
      place.state.lifecycle(place.project.name, 'storage-volume-restored', path, { snapshot: restore });
    },
    done,
  });
}
