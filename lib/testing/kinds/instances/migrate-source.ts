import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import { checkCertificate, checkSecrets, closeWith, startConnected } from '../../migration/begin.js';
import { MigrationSockets } from '../../migration/sockets.js';
import { sendInstance, type Gift } from '../../migration/source.js';
import type { StringMap } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import type { SnapshotRecord } from './records.js';
import { Refusal } from '../../state/refusal.js';
import type { Found } from './find.js';
import { migrationQuirks } from '../../migration/quirks.js';
import { quirks } from './quirks.js';
import { instanceResources, snapshotResources } from './resources.js';

/** What a POST to an instance or a snapshot says of a migration. */
export interface OfferBody {
  name: string;
  migration: boolean;
  live: boolean;
  instance_only: boolean;
  container_only: boolean;
  allow_inconsistent: boolean;
  target: Partial<{ operation: string; certificate: string; secrets: StringMap }>;
}

/** The fields of that. */
export const offerFields: Shape['fields'] = {
  name: 'string',
  migration: 'bool',
  live: 'bool',
  instance_only: 'bool',
  container_only: 'bool',
  allow_inconsistent: 'bool',
  target: {
    type: 'InstancePostTarget',
    fields: { operation: 'string', certificate: 'string', secrets: 'map' },
  },
};

/** Gives an instance, or a snapshot, to another server: to who connects, or to the `target` of the body. */
export async function offerInstance(
  call: Call,
  { project, instance }: Found,
  body: Partial<OfferBody>,
  snapshot?: SnapshotRecord,
): Promise<Response> {
  const { product, state } = call;
  const { noCriu, liveSockets, dialsFirst } = migrationQuirks[product.name];
  const isUp = snapshot === undefined && instance.status !== 'Stopped';
  const live = isUp && (body.live ?? quirks[product.name].livesByDefault);
  if (live && instance.type === 'container') throw new Refusal(500, noCriu('source'));
  const names = ['control', 'fs', ...(live ? liveSockets : [])];
  const sockets = new MigrationSockets(state, 'source', names);
  const gift: Gift = {
    ...{ project, instance, snapshot, live },
    instanceOnly: body.instance_only ?? body.container_only ?? false,
    allowInconsistent: body.allow_inconsistent ?? false,
  };
  const described = describe(call, { project, instance }, snapshot);
  const send = (operation: Operation) => sendInstance(state, sockets, gift, operation);
  const { target } = body;
  if (!target) {
    const mayCancel = snapshot === undefined;
    return started(startConnected(call, sockets, { ...described, mayCancel }, send));
  }
  const { operation: url = '', certificate = '', secrets = {} } = target;
  if (!dialsFirst) checkSecrets(sockets, names, secrets);
  checkCertificate(sockets, certificate);
  const by = { product, certificate };
  if (dialsFirst) {
    await sockets.dial(url, secrets, { ...by, signal: new AbortController().signal });
  }
  const operation = state.operations.start({
    ...described,
    async run(operation) {
      const { signal } = operation;
      if (sockets.missing !== undefined) await sockets.dial(url, secrets, { ...by, signal });
      await send(operation);
    },
  });
  closeWith(operation, sockets);
  return started(operation);
}

function describe({ product }: Call, { project, instance }: Found, snapshot: SnapshotRecord | undefined) {
  const { name, type } = instance;
  return snapshot
    ? {
        project: project.name,
        description: 'Transferring snapshot',
        resources: snapshotResources(product, project.name, instance, snapshot.name, 'rename'),
      }
    : {
        project: project.name,
        description: 'Migrating instance',
        resources: instanceResources(product, project.name, [name], type),
      };
}
