import type { Call } from '../../http/call.js';
import { byName, listed, projectNames, recursionOf, type Item } from '../../http/collection.js';
import { etag } from '../../http/etag.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { Product } from '../../products/product.js';
import { expandedConfig } from './state/expand.js';
import { fullInstanceJson, instanceJson } from './state/json.js';
import { runtimeJson } from './state/runtime-json.js';
import { nameProblem } from '../../validation/name.js';
import { renameInstance } from './state/rename.js';
import { removeInstance } from './state/remove.js';
import type { InstanceType } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { backupRoutes } from './backups.js';
import { consoleRoutes } from './console.js';
import { execRoutes } from './exec.js';
import { fileRoutes } from '../files.js';
import { filesOf } from './state/files.js';
import { imageDataRoutes } from './image-data.js';
import { postInstance } from './create.js';
import { findInstance, guarded, operateOn, typeOfPath } from './find.js';
import { machineRoutes } from './machine.js';
import { putState } from './power.js';
import { putStates } from './power-all.js';
import { mergeInstance, replaceInstance } from './writes.js';
import { logRoutes } from './logs.js';
import { instancePost, moveInstance, type MoveBody } from './move.js';
import { offerInstance, type OfferBody } from './migrate-source.js';
import { rebuildRoutes } from './rebuild.js';
import { snapshotRoutes } from './snapshots.js';
import { migrationQuirks } from '../../migration/quirks.js';
import { quirks as shared } from './quirks.js';
import { isOn } from '../../state/maps.js';

const quirks = {
  lxd: {
    /** What is answered to an `instance-type=` that is none. Both honour it; newer Incus does not. */
    badType: 500,
    badFilter: 500,
    /** Of a member of a cluster, where there is none to move to. */
    unclustered: () => new Refusal(404, 'Failed to get target node: Cluster member not found'),
    /** Of an instance that is not there to be renamed. */
    toRename: 'Instance not found',
    renameRunning: (type: InstanceType) => `Renaming of running ${type} not allowed`,
    isProtected: (type: InstanceType) => `${type === 'container' ? 'Container' : 'Instance'} is protected`,
  },
  incus: {
    badType: 400,
    badFilter: 400,
    unclustered: () => new Refusal(400, 'Target only allowed when clustered'),
    toRename: "Failed to get address of instance's member: Instance not found",
    renameRunning: (_: InstanceType) => 'Renaming of running instance not allowed',
    isProtected: (_: InstanceType) => 'Instance is protected',
  },
};

function wantedType(call: Call): InstanceType | undefined {
  const asked = call.target.query.get('instance-type');
  if (!asked) return typeOfPath(call);
  if (asked === 'container' || asked === 'virtual-machine') return asked;
  throw new Refusal(quirks[call.product.name].badType, 'Invalid instance type');
}

function itemsOf(call: Call, project: ProjectRecord): Item[] {
  const type = wantedType(call);
  const kind = call.target.segments[1] ?? 'instances';
  return byName(project.instances.values())
    .filter((instance) => !type || instance.type === type)
    .map((instance) => ({
      url: call.product.url(project.name, [kind, instance.name]),
      json: (recursion) =>
        recursion > 1 ? fullInstanceJson(call.state, project, instance) : instanceJson(project, instance),
    }));
}

function list(call: Call): Response {
  // A project that does not exist has no instances.
  const projects = projectNames(call).flatMap((name) => call.state.projects.get(name) ?? []);
  const items = projects.flatMap((project) => itemsOf(call, project));
  return sync(listed(call, items, quirks[call.product.name].badFilter));
}

function read(call: Call): Response {
  const found = findInstance(call);
  const { project, instance } = found;
  const isFull = recursionOf(call) > 0;
  const json = isFull ? fullInstanceJson(call.state, project, instance) : instanceJson(project, instance);
  return sync(json, etag(guarded(found)));
}

async function renameOrMove(call: Call): Promise<Response> {
  const { product } = call;
  const { copiesToMove } = shared[product.name];
  if (call.target.query.get('target')) throw quirks[product.name].unclustered();
  const body = await call.patch<MoveBody & OfferBody>(instancePost);
  const found = findInstance(call, () => quirks[product.name].toRename);
  const { project, instance } = found;
  const asked = body.name || instance.name;
  const problem = nameProblem(product, asked);
  if (problem) throw new Refusal(400, problem);
  if (body.migration) {
    // Incus looks for the name even if it is for another server.
    const there = call.state.projects.get(body.project || project.name);
    const isTaken = asked !== instance.name && there?.instances.has(asked);
    if (copiesToMove && isTaken) throw new Refusal(409, `Name "${asked}" already in use`);
    return body.pool || body.project ? moveInstance(call, found, body) : offerInstance(call, found, body);
  }
  // Incus takes its own name for none, and finds out in the operation.
  const next = product.name === 'incus' && asked === instance.name ? '' : asked;
  if (project.instances.has(next)) throw new Refusal(409, `Name "${next}" already in use`);
  return operateOn(call, found, 'Renaming instance', (present) => {
    const wrong = nameProblem(product, next);
    if (wrong) throw new Refusal(500, wrong);
    if (present.status !== 'Stopped')
      throw new Refusal(500, quirks[product.name].renameRunning(present.type));
    renameInstance(call.state, project, present, next);
  });
}

function remove(call: Call): Response {
  const found = findInstance(call);
  const { project, instance } = found;
  if (instance.status !== 'Stopped') throw new Refusal(400, 'Instance is running');
  return operateOn(call, found, 'Deleting instance', (present) => {
    const isProtected = isOn(expandedConfig(project, present)['security.protection.delete']);
    const refusal = present.arriving ? migrationQuirks[call.product.name].arriving.delete : undefined;
    if (refusal !== undefined) throw new Refusal(500, refusal);
    if (isProtected) throw new Refusal(500, quirks[call.product.name].isProtected(present.type));
    removeInstance(call.state, project, present);
  });
}

function readState(call: Call): Response {
  const { project, instance } = findInstance(call);
  return sync(runtimeJson(call.state, project, instance));
}

/** Instances and what belongs to each, below one of the paths that name them. */
export function instanceRoutes(
  kind: 'instances' | 'containers' | 'virtual-machines',
  product: Product,
): Route[] {
  const path = `/1.0/${kind}`;
  return [
    { path, GET: list, POST: postInstance, PUT: putStates },
    {
      path: `${path}/{name}`,
      GET: read,
      PUT: replaceInstance,
      PATCH: mergeInstance,
      POST: renameOrMove,
      DELETE: remove,
    },
    { path: `${path}/{name}/state`, GET: readState, PUT: putState },
    ...snapshotRoutes(path),
    ...backupRoutes(path),
    ...consoleRoutes(path),
    ...execRoutes(path),
    ...fileRoutes(`${path}/{name}`, (call) => {
      const { instance, project } = findInstance(call);
      const named = ['instances', instance.name];
      return { files: filesOf(instance), kind: 'instance', project: project.name, path: named };
    }),
    ...imageDataRoutes(path),
    ...logRoutes(path, product),
    ...rebuildRoutes(path, product),
    ...machineRoutes(path, product),
  ];
}
