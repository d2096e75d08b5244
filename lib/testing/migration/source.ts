import { Power } from '../kinds/instances/state/power.js';
import type { Operation } from '../state/operation.js';
import type { InstanceRecord, SnapshotRecord } from '../kinds/instances/records.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import { holdStill } from '../kinds/instances/state/snapshots.js';
import type { State } from '../state/state.js';
import { sendContent } from './content.js';
import { hear, say } from './control.js';
import type { MigrationSockets } from './sockets.js';
import { migrationQuirks } from './quirks.js';

/** What is given away, and how. */
export interface Gift {
  project: ProjectRecord;
  instance: InstanceRecord;
  snapshot?: SnapshotRecord | undefined;
  instanceOnly: boolean;
  allowInconsistent: boolean;
  live: boolean;
}

/** Gives an instance, or a snapshot, to the other end; it stays as it is, unless it goes live. */
export async function sendInstance(
  state: State,
  sockets: MigrationSockets,
  gift: Gift,
  operation: Operation,
): Promise<void> {
  const { project, instance, snapshot } = gift;
  const migration = migrationQuirks[state.product.name];
  const control = sockets.channel('control');
  const isWhole = snapshot === undefined && !gift.instanceOnly;
  const own = isWhole ? [...instance.snapshots.values()] : [];
  const marks = own.map(({ name, createdAt }) => ({ name, createdAt }));
  try {
    await say(control, { offer: { snapshots: marks, running: instance.status !== 'Stopped' } });
    const said = await hear(control, migration.unheard.answer);
    if ('success' in said) throw new Error(said.message);
    const asked = 'answer' in said ? said.answer.snapshots : [];
    const result = hear(control, migration.unheard.result);
    const snapshots = own.filter(({ name }) => asked.includes(name));
    const { name } = instance;
    const sent = sendContent(sockets.channel('fs'), operation, name, snapshot ?? instance, snapshots);
    // A target that fails says so before all is there.
    const end = await Promise.race([result, sent.then(() => result)]);
    if (!('success' in end) || !end.success) throw new Error('success' in end ? end.message : '');
  } catch (error) {
    const problem = migration.failed('source', (error as Error).message);
    await say(control, { success: false, message: problem }).catch(() => undefined);
    throw new Error(problem, { cause: error });
  }
  if (operation.isFinal) return;
  if (gift.live) new Power(state, project, instance).stop(false, true);
  else if (snapshot === undefined && !gift.allowInconsistent) {
    // Once for the bulk of the files, and once for what changed meanwhile.
    for (let time = 0; time < 2; time++) holdStill(state, project, instance);
  }
  if (!migration.tellsOfIt) return;
  const path = snapshot ? `${instance.name}/${snapshot.name}` : instance.name;
  state.lifecycle(project.name, 'instance-migrated', ['instances', path]);
}
