import type { Call } from '../../http/call.js';
import { byName, recursionOf } from '../../http/collection.js';
import type { Shape } from '../../http/decode.js';
import { started, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { backupJson } from './state/backup-json.js';
import { packBackup } from './state/backups.js';
import type { BackupRecord } from './records.js';
import { nextName } from '../../state/names.js';
import { Refusal } from '../../state/refusal.js';
import { sourceUrl } from '../../state/source-url.js';
import { never, wholeSeconds } from '../../state/time.js';
import { fileHeaders } from '../files.js';
import { compressionProblem } from '../storage/compression.js';
import { findInstance, type Found } from './find.js';
import { instanceResources, resourceUrl } from './resources.js';

const quirks = {
  lxd: {
    missing: 'Load backup from database: Instance backup not found',
    /** How the operation names a backup that it makes. */
    path: (_instance: string, name: string) => ['backups', name],
    /** How the operation names what it takes a backup from; both words are the server's own. */
    removed: 'container',
  },
  incus: {
    missing: 'Instance backup not found',
    path: (instance: string, name: string) => ['instances', instance, 'backups', name],
    removed: 'instances',
  },
};

interface BackupBody {
  name: string;
  expires_at: string;
  instance_only: boolean;
  container_only: boolean;
  optimized_storage: boolean;
  compression_algorithm: string;
}

const post: Shape = {
  type: 'InstanceBackupsPost',
  fields: {
    name: 'string',
    expires_at: 'time',
    instance_only: 'bool',
    container_only: 'bool',
    optimized_storage: 'bool',
    compression_algorithm: 'string',
  },
};

function url({ project, instance }: Found, name: string): string {
  return sourceUrl(project.name, ['instances', instance.name, 'backups', name]);
}

function list(call: Call): Response {
  const found = findInstance(call);
  const backups = byName((found.instance.backups ?? new Map<string, BackupRecord>()).values());
  const isFull = recursionOf(call) > 0;
  return sync(backups.map((backup) => (isFull ? backupJson(call.product, backup) : url(found, backup.name))));
}

function find(call: Call): Found & { backup: BackupRecord } {
  const found = findInstance(call);
  const backup = found.instance.backups?.get(call.param('backup'));
  if (!backup) throw new Refusal(404, quirks[call.product.name].missing);
  return { ...found, backup };
}

function assertName(name: string): void {
  if (name.includes('/')) throw new Refusal(400, 'Backup names may not contain slashes');
}

async function create(call: Call): Promise<Response> {
  const found = findInstance(call);
  const { instance, project } = found;
  // Read without a care for its faults: what is no JSON is a failure of the server.
  const body = await call.body<BackupBody>(post).catch((error: unknown) => {
    const isSyntax = error instanceof Refusal && /^invalid character|EOF$/.test(error.message);
    throw isSyntax ? new Refusal(500, error.message) : error;
  });
  const { compression_algorithm: algorithm = '', expires_at: expiresAt = never } = body;
  assertName(body.name ?? '');
  const says = compressionProblem(call.product.name, algorithm);
  if (says) throw new Refusal(...says);
  const name = body.name || nextName('backup%d', instance.backups?.keys());
  const instanceOnly = body.instance_only ?? body.container_only ?? false;
  const { product, state } = call;
  const path = quirks[product.name].path(instance.name, name);
  const operation = state.operations.start({
    project: project.name,
    description: 'Backing up instance',
    resources: { backups: [resourceUrl(product, project.name, path)], ...resources(call, found) },
    run() {
      instance.backups ??= new Map();
      if (instance.backups.has(name)) {
        throw new Refusal(500, `Create backup: Backup "${instance.name}/${name}" already exists`);
      }
      const optimizedStorage = body.optimized_storage ?? false;
      const createdAt = wholeSeconds(state.now());
      const data = packBackup(instance, instanceOnly, algorithm !== 'none');
      instance.backups.set(name, { ...{ name, createdAt, expiresAt, instanceOnly, optimizedStorage }, data });
      tell(call, found, 'created', name);
    },
  });
  return started(operation);
}

function resources({ product }: Call, { project, instance }: Found): Record<string, string[]> {
  return instanceResources(product, project.name, [instance.name], instance.type);
}

function tell(
  { state }: Call,
  { project, instance }: Found,
  what: string,
  name: string,
  context?: object,
): void {
  const path = ['instances', instance.name, 'backups', name];
  state.lifecycle(project.name, `instance-backup-${what}`, path, context && { ...context });
}

async function rename(call: Call): Promise<Response> {
  const { name = '' } = await call.body<{ name: string }>({
    type: 'InstanceBackupPost',
    fields: { name: 'string' },
  });
  assertName(name);
  const found = find(call);
  const { backup, instance, project } = found;
  const operation = call.state.operations.start({
    project: project.name,
    description: 'Renaming instance backup',
    resources: resources(call, found),
    run() {
      const folder = `/var/lib/${call.product.name}/backups/instances/${instance.name}`;
      if (name === '') throw new Refusal(500, `rename ${folder}/${backup.name} ${folder}: file exists`);
      if (instance.backups?.has(name)) {
        const columns = 'instances_backups.instance_id, instances_backups.name';
        throw new Refusal(500, `UNIQUE constraint failed: ${columns}`);
      }
      instance.backups?.delete(backup.name);
      const old = backup.name;
      instance.backups?.set(name, Object.assign(backup, { name }));
      tell(call, found, 'renamed', name, { old_name: old });
    },
  });
  return started(operation);
}

function remove(call: Call): Response {
  const found = find(call);
  const { backup, instance, project } = found;
  const { removed } = quirks[call.product.name];
  const operation = call.state.operations.start({
    project: project.name,
    description: 'Removing instance backup',
    resources: { [removed]: [resourceUrl(call.product, project.name, [removed, instance.name])] },
    run() {
      instance.backups?.delete(backup.name);
      tell(call, found, 'deleted', backup.name);
    },
  });
  return started(operation);
}

function exported(call: Call): Response {
  const { backup, ...found } = find(call);
  tell(call, found, 'retrieved', backup.name);
  const headers = fileHeaders('', backup.data, Date.parse(backup.createdAt));
  return new Response(new Uint8Array(backup.data), { headers });
}

/** Backups of an instance, below one of the paths that name it. */
export function backupRoutes(path: string): Route[] {
  const backups = `${path}/{name}/backups`;
  return [
    { path: backups, GET: list, POST: create },
    {
      path: `${backups}/{backup}`,
      GET: (call) => sync(backupJson(call.product, find(call).backup)),
      POST: rename,
      DELETE: remove,
    },
    { path: `${backups}/{backup}/export`, GET: exported },
  ];
}
