import { Power } from '../state/instance-power.js';
import type { Operation } from '../state/operation.js';
import { devicesIn } from '../state/pools.js';
import type { InstanceRecord, ProjectRecord, SnapshotRecord } from '../state/records.js';
import { giveSnapshots } from '../state/snapshots.js';
import type { State } from '../state/state.js';
import { receiveContent } from './content.js';
import { hear, say, type SnapshotMark } from './control.js';
import type { MigrationSockets } from './sockets.js';

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
  const { migration } = state.product;
  const control = sockets.channel('control');
  const { instance, project } = arrival;
  try {
    const said = await hear(control, migration.unheard.offer);
    if ('success' in said) throw new Error(said.message);
    const offered = 'offer' in said ? said.offer.snapshots : [];
    const wanted = offered.filter((mark) => !arrival.isRefresh || !has(instance, mark));
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
    dropExtra(state, arrival, offered);
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
  if (!isRefresh && project.images.has(image)) operation.replace(state.product.progress('unpack') ?? {});
}

/** A refresh takes away the snapshots that the original has not, or not any more. */
function dropExtra(state: State, { project, instance }: Arrival, offered: readonly SnapshotMark[]): void {
  for (const snapshot of [...instance.snapshots.values()].reverse()) {
    if (offered.some((mark) => isSame(mark, snapshot))) continue;
    instance.snapshots.delete(snapshot.name);
    const path = ['instances', instance.name, 'snapshots', snapshot.name];
    state.lifecycle(project.name, 'instance-snapshot-deleted', path);
  }
}

function has({ snapshots }: InstanceRecord, mark: SnapshotMark): boolean {
  const own = snapshots.get(mark.name);
  return own !== undefined && isSame(mark, own);
}

function isSame(mark: SnapshotMark, own: SnapshotMark): boolean {
  return mark.name === own.name && second(mark.createdAt) === second(own.createdAt);
}

/** What the servers say to each other has no fractions of seconds. */
function second(time: string): string {
  return time.replace(/\.\d+/, '');
}

function inSeconds(snapshot: SnapshotRecord): SnapshotRecord {
  return { ...snapshot, createdAt: second(snapshot.createdAt) };
}
