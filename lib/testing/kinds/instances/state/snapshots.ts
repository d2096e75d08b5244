import { expandedConfig } from './expand.js';
import { deviceMap, dict } from '../../../state/maps.js';
import { Power } from './power.js';
import { poolOf, snapshotDevicesIn } from '../../storage/root-disks.js';
import { dropExtra, missingFrom } from './refresh.js';
import type { Configured, InstanceRecord, SnapshotRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { Refusal } from '../../../state/refusal.js';
import type { State } from '../../../state/state.js';
import { nextName } from '../../../state/names.js';
import { expiry, never } from '../../../state/time.js';
import { quirks as shared } from '../quirks.js';

const quirks = {
  lxd: {
    exists: 'This "instances_snapshots" entry already exists',
    statefulRestore: 'Stateful snapshot restore requested by snapshot is stateless',
  },
  incus: {
    exists:
      'Failed to create "instances_snapshots" entry: UNIQUE constraint failed: ' +
      'instances_snapshots.instance_id, instances_snapshots.name',
    statefulRestore: 'Stateful snapshot restore requested but snapshot is stateless',
  },
};

/** What an instance and a snapshot have in common, as a copy of its own. */
export function copyOf(source: Configured): Configured {
  const { architecture, ephemeral, description, createdAt, stateful } = source;
  return {
    ...{ architecture, ephemeral, description, createdAt, stateful },
    config: dict(source.config),
    devices: deviceMap(source.devices),
    profiles: [...source.profiles],
    files: source.files?.copy(),
    imageData: source.imageData,
  };
}

/** The name of the next snapshot that has none: `snapshots.pattern` with a number above all others, or `snap0`. */
export function nextSnapshotName(project: ProjectRecord, instance: InstanceRecord): string {
  const pattern = expandedConfig(project, instance)['snapshots.pattern'] || 'snap%d';
  if (!pattern.includes('%d')) return instance.snapshots.has(pattern) ? `${pattern}-0` : pattern;
  return nextName(pattern, instance.snapshots.keys());
}

/** Takes a snapshot; without an expiry it has the one that `snapshots.expiry` gives. */
export function takeSnapshot(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  {
    name,
    stateful = false,
    expiresAt,
  }: { name: string; stateful?: boolean | undefined; expiresAt?: string | undefined },
): SnapshotRecord {
  const { product } = state;
  const config = expandedConfig(project, instance);
  if (stateful) {
    const refusal = shared[product.name].needsMigrationStateful?.snapshot;
    if (refusal && config['migration.stateful'] !== 'true') throw new Refusal(400, refusal);
    if (instance.status === 'Stopped') {
      throw new Refusal(500, "Unable to create a stateful snapshot. The instance isn't running");
    }
  }
  const record = `Failed creating instance snapshot record ${JSON.stringify(name)}`;
  if (name.includes(' ')) {
    throw new Refusal(500, `${record}: Invalid instance snapshot name: Cannot contain space or / characters`);
  }
  if (instance.snapshots.has(name)) {
    throw new Refusal(500, `${record}: Add snapshot info to the database: ${quirks[product.name].exists}`);
  }
  const term = config['snapshots.expiry'];
  const snapshot: SnapshotRecord = {
    ...copyOf(instance),
    name,
    stateful,
    ephemeral: false,
    createdAt: state.now(),
    expiresAt: expiresAt ?? (term ? (expiry(state.clock, term) ?? never) : never),
  };
  instance.snapshots.set(name, snapshot);
  state.lifecycle(project.name, 'instance-snapshot-created', ['instances', instance.name, 'snapshots', name]);
  holdStill(state, project, instance);
  return snapshot;
}

/** What runs is frozen while its files are copied. */
export function holdStill(state: State, project: ProjectRecord, instance: InstanceRecord): void {
  if (instance.status !== 'Running') return;
  for (const action of ['paused', 'resumed']) {
    state.lifecycle(project.name, `instance-${action}`, ['instances', instance.name]);
  }
}

/** Gives a copy of an instance the snapshots of it, in its own pool. */
export function giveSnapshots(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  snapshots: Iterable<SnapshotRecord>,
): void {
  const pool = poolOf(project, instance);
  for (const one of snapshots) {
    const { name, expiresAt } = one;
    const devices = snapshotDevicesIn(project, one, pool);
    instance.snapshots.set(name, { ...copyOf(one), name, expiresAt, devices });
    state.lifecycle(project.name, 'instance-snapshot-created', [
      'instances',
      instance.name,
      'snapshots',
      name,
    ]);
  }
}

/** Gives a copy the snapshots that it lacks, and takes those from it that its source has not, or not any more. */
export function syncSnapshots(
  state: State,
  project: ProjectRecord,
  copy: InstanceRecord,
  wanted: readonly SnapshotRecord[],
): void {
  dropExtra(state, project, copy, wanted);
  giveSnapshots(state, project, copy, missingFrom(copy, wanted));
}

/** Gives an instance back what a snapshot holds; it runs afterwards if it did before. */
export function restoreSnapshot(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
  snapshotName: string,
  stateful = false,
): void {
  const name = snapshotName.replace(`${instance.name}/`, '');
  const snapshot = instance.snapshots.get(name);
  if (!snapshot) throw new Refusal(500, `Snapshot ${instance.name}/${name} does not exist`);
  if (stateful && !snapshot.stateful) throw new Refusal(500, quirks[state.product.name].statefulRestore);
  const wasUp = instance.status !== 'Stopped';
  const { config, devices, profiles, architecture, files, imageData } = copyOf(snapshot);
  // Snapshots have no description: the instance loses the one that it had.
  const restored = { config, devices, profiles, architecture, files, imageData };
  Object.assign(instance, { ...restored, description: '', ephemeral: false });
  state.lifecycle(project.name, 'instance-restored', ['instances', instance.name], {
    snapshot: `${instance.name}/${name}`,
  });
  if (!wasUp) return;
  instance.status = 'Stopped';
  new Power(state, project, instance).start();
}
