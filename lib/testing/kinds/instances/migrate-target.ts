import type { Call } from '../../http/call.js';
import { started } from '../../http/reply.js';
import { checkCertificate, checkSecrets, closeWith, startConnected } from '../../migration/begin.js';
import { receiveInstance } from '../../migration/sink.js';
import { MigrationSockets } from '../../migration/sockets.js';
import { isArchitecture } from './state/architectures.js';
import { createInstance, type NewInstance } from './state/create.js';
import type { Operation } from '../../state/operation.js';
import { poolForNew } from '../storage/root-disks.js';
import type { InstanceRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import type { SourceBody } from './source.js';
import { migrationQuirks } from '../../migration/quirks.js';
import { instanceResources } from './resources.js';

/** POST with a `source` of the type `migration`: the instance is there at once, and has everything at the end. */
export function takeInstance(
  call: Call,
  project: ProjectRecord,
  wanted: NewInstance,
  { mode = '', ...source }: Partial<SourceBody>,
  architecture: string,
): Response {
  const { product, state } = call;
  const migration = migrationQuirks[product.name];
  // The servers' own words and status for a mode that they do not know.
  if (mode !== 'pull' && mode !== 'push') throw new Refusal(501, `Mode "${mode}" not implemented`);
  if (!isArchitecture(architecture)) throw new Refusal(400, `Architecture isn't supported: ${architecture}`);
  const { pool, devices } = poolForNew(state, project, wanted);
  if (!pool) throw new Refusal(400, "Can't find a storage pool for the instance to use");
  const old = source.refresh ? project.instances.get(wanted.name) : undefined;
  if (old && old.status !== 'Stopped') {
    throw new Refusal(500, 'Failed getting exclusive access to instance: Instance is running');
  }
  const instance = old ?? created(call, project, { ...wanted, devices });
  const arrival = { project, instance, pool, isRefresh: old !== undefined, live: source.live ?? false };
  const revert = (): void => {
    const isLeft = instance.arriving && project.instances.get(wanted.name) === instance;
    if (isLeft) project.instances.delete(wanted.name);
  };
  const isLive = arrival.live && wanted.type !== 'container';
  const names = ['control', 'fs', ...(isLive ? migration.liveSockets : [])];
  const sockets = new MigrationSockets(state, 'target', names);
  const { operation: url = '', secrets = {}, certificate = '' } = source;
  try {
    if (mode === 'pull') {
      checkCertificate(sockets, certificate);
      if (migration.dialsFirst) checkSecrets(sockets, names, secrets);
    }
    if (arrival.live && !isLive) throw new Refusal(500, migration.noCriu('target'));
    if (mode === 'pull') checkSecrets(sockets, names, secrets);
  } catch (error) {
    revert();
    throw error;
  }
  const described = {
    project: project.name,
    description: 'Creating instance',
    resources: instanceResources(product, project.name, [wanted.name], wanted.type),
  };
  const receive = async (operation: Operation): Promise<void> => {
    try {
      const by = { product, certificate, signal: operation.signal };
      if (mode === 'pull') await sockets.dial(url, secrets, by);
      await receiveInstance(state, sockets, arrival, operation);
    } catch (error) {
      throw new Refusal(500, `Error transferring instance data: ${(error as Error).message}`);
    }
  };
  const operation =
    mode === 'push'
      ? startConnected(call, sockets, described, receive)
      : state.operations.start({ ...described, run: receive });
  if (mode === 'pull') closeWith(operation, sockets);
  operation.signal.addEventListener('abort', revert);
  return started(operation);
}

/** A move keeps what the server before wrote for itself. */
function created(call: Call, project: ProjectRecord, wanted: NewInstance): InstanceRecord {
  const instance = createInstance(call.state, project, wanted);
  for (const [key, value] of Object.entries(wanted.config)) {
    if (key.startsWith('volatile.')) instance.config[key] = value;
  }
  instance.arriving = true;
  return instance;
}
