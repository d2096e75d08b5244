import type { Call } from '../../http/call.js';
import { listed, recursionOf } from '../../http/collection.js';
import type { Shape } from '../../http/decode.js';
import { checkMatch, etag } from '../../http/etag.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { snapshotJson } from './state/json.js';
import type { SnapshotRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import { nextSnapshotName, takeSnapshot } from './state/snapshots.js';
import { findInstance, operateOn, type Found } from './find.js';
import { offerFields, offerInstance, type OfferBody } from './migrate-source.js';
import { migrationQuirks } from '../../migration/quirks.js';
import { quirks as shared } from './quirks.js';
import { snapshotResources } from './resources.js';

const quirks = {
  lxd: {
    /** Of a snapshot of an instance that is not there. */
    missingInstance: (_name: string, _instance: string, _project: string) => 'Instance not found',
    emptyName: 'Response was missing `name`',
  },
  incus: {
    missingInstance: (name: string, instance: string, project: string) =>
      `Failed to fetch instance "${instance}/${name}" in project "${project}": Instance not found`,
    emptyName: 'A new name for the instance must be provided',
  },
};

interface SnapshotBody {
  name: string;
  stateful: boolean;
  expires_at: string;
}

const post: Shape = {
  type: 'InstanceSnapshotsPost',
  fields: { name: 'string', stateful: 'bool', expires_at: 'time' },
};
const put: Shape = { type: 'InstanceSnapshotPut', fields: { expires_at: 'time' } };
const rename: Shape = { type: 'InstanceSnapshotPost', fields: offerFields };

function find(call: Call): Found & { snapshot: SnapshotRecord } {
  const { product } = call;
  const name = decodedAgain(call.param('snapshot'));
  const found = findInstance(call, (instance, project) =>
    quirks[product.name].missingInstance(name, instance, project),
  );
  const { project, instance } = found;
  const snapshot = instance.snapshots.get(name);
  if (!snapshot)
    throw new Refusal(404, shared[product.name].missing.snapshot(name, instance.name, project.name));
  return { ...found, snapshot };
}

function checkName(name: string): void {
  const unsafe = ['/', '?', '&', '+'].find((character) => name.includes(character));
  if (unsafe) throw new Refusal(400, `Invalid snapshot name: Cannot contain "${unsafe}"`);
}

/** Both servers decode this part of the path twice, the second time as a query: `a%23b` once encoded is `a#b`. */
function decodedAgain(name: string): string {
  const bad = /%(?![0-9a-f]{2}).{0,2}/i.exec(name)?.[0];
  if (bad !== undefined) throw new Refusal(500, `invalid URL escape "${bad}"`);
  return decodeURIComponent(name.replaceAll('+', ' '));
}

function list(call: Call): Response {
  const found = tryFind(call);
  if (!found) return sync([]);
  const { project, instance } = found;
  const items = [...instance.snapshots.values()].map((snapshot) => ({
    // Not escaped, by either product.
    url: `/1.0/${call.target.segments[1]}/${instance.name}/snapshots/${snapshot.name}`,
    json: () => snapshotJson(project, snapshot),
  }));
  return sync(listed(call, items));
}

/** Incus says of an instance that does not exist that it has no snapshots, as long as nobody wants to see them. */
function tryFind(call: Call): Found | undefined {
  try {
    return findInstance(call);
  } catch (error) {
    const isOverlooked = call.product.name === 'incus' && recursionOf(call) === 0;
    if (isOverlooked && error instanceof Refusal && error.status === 404) return undefined;
    throw error;
  }
}

async function create(call: Call): Promise<Response> {
  const found = findInstance(call);
  const { project, instance } = found;
  const body = await call.body<SnapshotBody>(post);
  const name = body.name || nextSnapshotName(project, instance);
  checkName(name);
  const { stateful, expires_at: expiresAt } = body;
  const resources = snapshotResources(call.product, project.name, instance, name, 'create');
  const run = (): void => void takeSnapshot(call.state, project, instance, { name, stateful, expiresAt });
  return operateOn(call, found, 'Snapshotting instance', run, resources);
}

/** PUT and PATCH: the expiry is all that can be written; `null` leaves it, the beginning of time takes it away. */
async function write(call: Call): Promise<Response> {
  const found = find(call);
  const { project, instance, snapshot } = found;
  checkMatch(call.request.headers, [snapshot.expiresAt]);
  const { expires_at: expiresAt } = await call.body<SnapshotBody>(put).catch(asServerError);
  const resources = snapshotResources(call.product, project.name, instance, snapshot.name, 'update');
  const run = (): void => {
    if (expiresAt) snapshot.expiresAt = expiresAt;
  };
  return operateOn(call, found, 'Updating snapshot', run, resources);
}

/** What is no JSON at all is a 500 here; a wrong value in it a 400, as everywhere. */
function asServerError(error: unknown): never {
  const isSyntax =
    error instanceof Refusal && /^(?:EOF|unexpected EOF|invalid character)/.test(error.message);
  throw isSyntax ? new Refusal(500, error.message) : error;
}

async function move(call: Call): Promise<Response> {
  const found = find(call);
  const { project, instance, snapshot } = found;
  const body = await call.body<OfferBody>(rename);
  if (body.migration) return offerSnapshot(call, found, body);
  const { name = '' } = body;
  if (!name) throw new Refusal(400, quirks[call.product.name].emptyName);
  checkName(name);
  if (instance.snapshots.has(name)) {
    throw new Refusal(409, `Name '${instance.name}/${name}' already in use`);
  }
  const resources = snapshotResources(call.product, project.name, instance, snapshot.name, 'rename');
  const run = (): void => {
    const old = snapshot.name;
    instance.snapshots.delete(old);
    snapshot.name = name;
    instance.snapshots.set(name, snapshot);
    tell(call, found, name, 'renamed', { old_name: `${instance.name}/${old}` });
  };
  return operateOn(call, found, 'Renaming snapshot', run, resources);
}

function offerSnapshot(
  call: Call,
  found: ReturnType<typeof find>,
  body: Partial<OfferBody>,
): Promise<Response> {
  const { nameless, renamedLive } = migrationQuirks[call.product.name];
  const { name = '', live = false } = body;
  if (nameless !== null && !name) throw new Refusal(400, nameless);
  const { instance, snapshot } = found;
  if (live && instance.name !== name) throw new Refusal(400, renamedLive(instance.name, name));
  return offerInstance(call, found, body, snapshot);
}

function remove(call: Call): Response {
  const found = find(call);
  const { project, instance, snapshot } = found;
  const resources = snapshotResources(call.product, project.name, instance, snapshot.name, 'delete');
  const run = (): void => {
    instance.snapshots.delete(snapshot.name);
    tell(call, found, snapshot.name, 'deleted');
  };
  return operateOn(call, found, 'Deleting snapshot', run, resources);
}

function tell(
  call: Call,
  { project, instance }: Found,
  name: string,
  what: string,
  context?: Record<string, unknown>,
): void {
  const path = ['instances', instance.name, 'snapshots', name];
  call.state.lifecycle(project.name, `instance-snapshot-${what}`, path, context);
}

/** The snapshots of one instance, below one of the paths that name instances. */
export function snapshotRoutes(base: string): Route[] {
  const path = `${base}/{name}/snapshots`;
  return [
    { path, GET: list, POST: create },
    {
      path: `${path}/{snapshot}`,
      GET(call) {
        const { project, snapshot } = find(call);
        return sync(snapshotJson(project, snapshot), etag([snapshot.expiresAt]));
      },
      PUT: write,
      PATCH: write,
      POST: move,
      DELETE: remove,
    },
  ];
}
