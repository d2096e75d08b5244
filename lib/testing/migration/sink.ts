import { Power } from '../kinds/instances/state/power.js';
import type { Operation } from '../state/operation.js';
import { devicesIn } from '../kinds/storage/root-disks.js';
import type { InstanceRecord, SnapshotRecord } from '../kinds/instances/records.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import { dropExtra, missingFrom } from '../kinds/instances/state/refresh.js';
import { giveSnapshots } from '../kinds/instances/state/snapshots.js';
import type { State } from '../state/state.js';
import { wholeSeconds } from '../state/time.js';
import { receiveContent } from './content.js';
import { hear, say } from './control.js';
import type { MigrationSockets } from './sockets.js';
import { unpacked } from '../kinds/instances/unpacked.js';
import { migrationQuirks } from './quirks.js';

/** What is to come, and where it goes. */
export interface Arrival {
  project: ProjectRecord;
  /** It is there from the start, and empty until all has come. */
  instance: InstanceRecord;
  pool: string;
  /** It was there before. */
  isRefresh: boolean;
  live: boolean;
}

/** Takes an instance from the other end. */
export async function receiveInstance(
  state: State,
  sockets: MigrationSockets,
  arrival: Arrival,
  operation: Operation,
): Promise<void> {
  const migration = migrationQuirks[state.product.name];
  const control = sockets.channel('control');
  const { instance, project } = arrival;
  try {
    const said = await hear(control, migration.unheard.offer);
    if ('success' in said) throw new Error(said.message);
    const offered = 'offer' in said ? said.offer.snapshots : [];
    const wanted = missingFrom(instance, offered);
    await say(control, { answer: { snapshots: wanted.map(({ name }) => name) } });
    unpackImage(state, arrival, operation);
    const left = hear(control, migration.unheard.source).then((end) => {
      throw new Error('message' in end ? end.message : '');
    });
    const coming = receiveContent(sockets.channel('fs'), operation, instance.name);
    const content = await Promise.race([coming, left]);
    left.catch(() => undefined); // from now on it may go
    if (operation.isFinal || project.instances.get(instance.name) !== instance) {
      throw new Error('Instance not found'); // deleted meanwhile
    }
    dropExtra(state, project, instance, offered);
    instance.files = content.instance.files;
    instance.imageData = content.instance.imageData;
    giveSnapshots(state, project, instance, content.snapshots.map(inSeconds));
    if (migration.ownsRoot) instance.devices = devicesIn(project, instance, arrival.pool);
    await say(control, { success: true, message: '' });
    if (operation.isFinal) return;
    instance.arriving = undefined;
    if (arrival.live) new Power(state, project, instance).start();
  } catch (error) {
    const problem = migration.failed('target', (error as Error).message);
    await say(control, { success: false, message: problem }).catch(() => undefined);
    throw new Error(problem, { cause: error });
  }
}

/** The image that it was made of saves the servers most of the files. */
function unpackImage(state: State, { instance, project, isRefresh }: Arrival, operation: Operation): void {
  const image = instance.config['volatile.base_image'] ?? '';
  if (!isRefresh && project.images.has(image)) operation.replace(unpacked(state.product));
}

function inSeconds(snapshot: SnapshotRecord): SnapshotRecord {
  return { ...snapshot, createdAt: wholeSeconds(snapshot.createdAt) };
}
