import { backupJson } from './backup-json.js';
import { expandedConfig, expandedDevices } from './expand.js';
import { sorted, sortedDevices } from '../../../state/maps.js';
import { statusCodes, type InstanceRecord, type SnapshotRecord } from '../records.js';
import type { ProjectRecord } from '../../projects/project.js';
import { runtimeJson } from './runtime-json.js';
import type { State } from '../../../state/state.js';
import { never } from '../../../state/time.js';

function expanded(project: ProjectRecord, of: InstanceRecord | SnapshotRecord): Record<string, unknown> {
  const config = sorted(expandedConfig(project, of));
  const devices = sortedDevices(expandedDevices(project, of));
  return {
    // The servers leave empty ones out.
    ...(Object.keys(config).length > 0 && { expanded_config: config }),
    ...(Object.keys(devices).length > 0 && { expanded_devices: devices }),
  };
}

/** An instance as lists at recursion 1 and its own path have it. */
export function instanceJson(project: ProjectRecord, instance: InstanceRecord): Record<string, unknown> {
  return {
    architecture: instance.architecture,
    config: sorted(instance.config),
    devices: sortedDevices(instance.devices),
    ephemeral: instance.ephemeral,
    profiles: instance.profiles,
    stateful: instance.stateful,
    description: instance.description,
    created_at: instance.createdAt,
    ...expanded(project, instance),
    name: instance.name,
    status: instance.status,
    status_code: statusCodes[instance.status],
    last_used_at: instance.lastUsedAt,
    location: 'none',
    type: instance.type,
    project: project.name,
  };
}

/** The same with its state and its snapshots, as lists at recursion 2 have it. */
export function fullInstanceJson(
  state: State,
  project: ProjectRecord,
  instance: InstanceRecord,
): Record<string, unknown> {
  const backups = [...(instance.backups?.values() ?? [])].map((backup) => backupJson(state.product, backup));
  const snapshots = [...instance.snapshots.values()].map((snapshot) => snapshotJson(project, snapshot));
  return {
    ...instanceJson(project, instance),
    backups: backups.length > 0 ? backups : null,
    state: runtimeJson(state, project, instance),
    snapshots: snapshots.length > 0 ? snapshots : null,
  };
}

/** A snapshot, by its short name. */
export function snapshotJson(project: ProjectRecord, snapshot: SnapshotRecord): Record<string, unknown> {
  return {
    expires_at: snapshot.expiresAt,
    architecture: snapshot.architecture,
    config: sorted(snapshot.config),
    created_at: snapshot.createdAt,
    devices: sortedDevices(snapshot.devices),
    ephemeral: snapshot.ephemeral,
    ...expanded(project, snapshot),
    last_used_at: never,
    name: snapshot.name,
    profiles: snapshot.profiles,
    stateful: snapshot.stateful,
    size: -1,
  };
}
