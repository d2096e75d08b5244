import type { Call } from '../../http/call.js';
import type { Shape } from '../../http/decode.js';
import { started } from '../../http/reply.js';
import type { Kind, Thing } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { checkCertificate, checkSecrets, closeWith, startConnected } from '../../migration/begin.js';
import { receiveBytes, sendBytes } from '../../migration/content.js';
import { hear, say } from '../../migration/control.js';
import { migrationQuirks, type Side, type SocketQuirks } from '../../migration/quirks.js';
import { MigrationSockets } from '../../migration/sockets.js';
import type { ProductName } from '../../products/product.js';
import type { StringMap } from '../../state/maps.js';
import type { Operation } from '../../state/operation.js';
import { Refusal } from '../../state/refusal.js';
import { poolsOf, snapshotsOf, volumesOf, type Volume } from './shelves.js';
import { filled, knownConfig } from './volume-copies.js';
import { inBlocks } from './state/size.js';
import { packVolume, unpackVolume } from './state/archive.js';

const names = ['control', 'fs'];

interface Quirks {
  sockets: (side: Side) => SocketQuirks;
  resources: (place: Place, name: string) => Record<string, string[]>;
  /** Of secrets for a target that are none, once it is connected to. */
  secretless?: string;
}

const failed = (problem: string): string => `Error transferring storage volume: ${problem}`;

const incusUnconnected = (side: Side, name: string, reason: string): string =>
  `Failed waiting for migration "${name}" connection on ${side}: ${reason}`;

const quirks: Readonly<Record<ProductName, Quirks>> = {
  lxd: {
    sockets: () => ({ ...migrationQuirks.lxd, late: () => 'Timed out waiting for connections' }),
    resources: (place, name) => ({
      storage_volumes: [`/1.0/storage_volumes/${place.path(name).slice(1).join('/')}`],
    }),
    secretless: 'Empty websocket connection',
  },
  incus: {
    sockets: (side) => ({
      ...migrationQuirks.incus,
      patience: side === 'source' ? 10_000 : 30_000,
      late: (at, name) => incusUnconnected(at, name, 'context deadline exceeded'),
      unconnected: incusUnconnected,
      badCertificate: (at, isPem) =>
        at === 'target' ? 'Invalid certificate' : migrationQuirks.incus.badCertificate(at, isPem),
    }),
    resources: ({ url }, name) => ({ storage_volumes: [url(name)] }),
  },
};

/** Where the other end waits. */
interface Remote {
  operation: string;
  certificate: string;
  secrets: StringMap;
}

/** The source of a volume that comes from another server. */
export interface MigrationSource extends Remote {
  mode: string;
  volume_only: boolean;
}

/** What a POST to a volume says of its migration. */
export interface VolumeOffer {
  volume_only: boolean;
  target: Partial<Remote>;
}

/** The fields of both. */
export const remoteFields: Shape['fields'] = { operation: 'string', certificate: 'string', secrets: 'map' };

/** Gives a volume to another server: to who connects, or to the `target` of the body. */
export async function offerVolume(
  call: Call,
  place: Place,
  name: string,
  body: Partial<VolumeOffer>,
): Promise<Response> {
  const { product, state, project } = place;
  const { sockets: quirksOf, resources, secretless } = quirks[product.name];
  const sockets = new MigrationSockets(state, 'source', names, quirksOf('source'));
  const described = {
    project: project.name,
    description: 'Migrating storage volume',
    resources: resources(place, name),
    mayCancel: false,
  };
  const send = (operation: Operation) =>
    sendVolume(place, name, body.volume_only ?? false, sockets, operation);
  const { target } = body;
  if (!target) return started(startConnected(call, sockets, described, send));
  const { operation: url = '', certificate = '', secrets = {} } = target;
  const by = { product, certificate };
  const { dialsFirst } = sockets.quirks;
  if (!dialsFirst) checkSecrets(sockets, names, secrets);
  checkCertificate(sockets, certificate);
  const isMute = secretless !== undefined && names.some((one) => !secrets[one]);
  if (dialsFirst && !isMute)
    await sockets.dial(url, secrets, { ...by, signal: new AbortController().signal });
  const operation = state.operations.start({
    ...described,
    async run(operation) {
      if (isMute) throw new Refusal(500, secretless);
      if (sockets.missing !== undefined)
        await sockets.dial(url, secrets, { ...by, signal: operation.signal });
      await send(operation);
    },
  });
  closeWith(operation, sockets);
  return started(operation);
}

/** POST with a `source` of the type `migration`: the volume is there when all of it has come. */
export function takeVolume(
  call: Call,
  kind: Kind,
  place: Place,
  body: Partial<Thing> & { name: string },
  { mode = '', operation: url = '', secrets = {}, certificate = '' }: Partial<MigrationSource>,
): Response {
  const { product, state, project } = place;
  const { name } = body;
  // The servers' own words and status for a mode that they do not know.
  if (mode !== 'pull' && mode !== 'push') throw new Refusal(501, `Mode '${mode}' not implemented`);
  const { sockets: quirksOf, resources } = quirks[product.name];
  const own = quirksOf('target');
  const late = (side: Side, missing: string) => failed(own.late(side, missing));
  const sockets = new MigrationSockets(state, 'target', names, { ...own, late });
  if (mode === 'pull') {
    checkCertificate(sockets, certificate);
    checkSecrets(sockets, names, secrets);
  }
  const described = {
    project: project.name,
    description: mode === 'pull' ? 'Copying storage volume' : 'Creating storage volume',
    resources: resources(place, name),
    mayCancel: false,
  };
  const receive = async (operation: Operation): Promise<void> => {
    try {
      if (mode === 'pull')
        await sockets.dial(url, secrets, { product, certificate, signal: operation.signal });
      await receiveVolume(kind, place, body, sockets, operation);
    } catch (error) {
      throw new Refusal(500, failed((error as Error).message));
    }
  };
  if (mode === 'push') return started(startConnected(call, sockets, described, receive));
  const operation = state.operations.start({ ...described, run: receive });
  closeWith(operation, sockets);
  return started(operation);
}

async function sendVolume(
  { state, project, param }: Place,
  name: string,
  alone: boolean,
  sockets: MigrationSockets,
  operation: Operation,
): Promise<void> {
  const control = sockets.channel('control');
  const pool = param('poolName');
  const volume = volumesOf(project, pool).get(name);
  if (!volume) throw new Refusal(500, 'Storage volume not found');
  const snapshots = alone ? [] : [...snapshotsOf(project, pool, 'custom', name).values()];
  const driver = poolsOf(state).get(pool)?.driver ?? '';
  const result = hear(control, '');
  try {
    const bytes = packVolume({ pool, driver, project: project.name, volume, snapshots }, false);
    const sent = sendBytes(sockets.channel('fs'), operation, name, bytes);
    // A target that fails says so before all is there.
    const end = await Promise.race([result, sent.then(() => result)]);
    if (!('success' in end) || !end.success) throw new Error('success' in end ? end.message : '');
  } catch (error) {
    result.catch(() => undefined);
    await say(control, { success: false, message: (error as Error).message }).catch(() => undefined);
    throw error;
  }
}

async function receiveVolume(
  kind: Kind,
  place: Place,
  body: Partial<Thing> & { name: string },
  sockets: MigrationSockets,
  operation: Operation,
): Promise<void> {
  const { project, state, param } = place;
  const { name } = body;
  const control = sockets.channel('control');
  const pool = param('poolName');
  try {
    const left = hear(control, '').then((end) => {
      throw new Error('message' in end ? end.message : '');
    });
    const bytes = await Promise.race([receiveBytes(sockets.channel('fs'), operation, name), left]);
    left.catch(() => undefined); // from now on it may go
    if (operation.isFinal) return;
    if (volumesOf(project, pool).has(name)) throw new Error('Volume by that name already exists');
    const { volume, snapshots } = unpackVolume(bytes, '');
    const known = knownConfig(kind, place, { config: {}, ...body, content_type: volume.content_type });
    const made: Volume = {
      ...volume,
      name,
      description: (body.description as string | undefined) ?? '',
      config: filled(state, place, inBlocks(known, volume.content_type)),
      created_at: state.now(),
    };
    volumesOf(project, pool).set(name, made);
    for (const one of snapshots) snapshotsOf(project, pool, 'custom', name).set(one.name, one);
    place.tell('create', name);
    await say(control, { success: true, message: '' });
  } catch (error) {
    await say(control, { success: false, message: (error as Error).message }).catch(() => undefined);
    throw error;
  }
}
