import { start } from '../../../operations/index.js';
import { zeroTime, type CallOptions } from '../../../orm/index.js';
import { readWhole, snapshotDifferences, type Whole } from './compare.js';
import { volumePath, type VolumeAt } from './original.js';

/** Gives the snapshots of a copy what does not travel with them: descriptions, and when they expire. */
export async function alignSnapshots({ snapshots }: Whole, copy: VolumeAt, call: CallOptions): Promise<void> {
  if (snapshots.size === 0) return;
  const made = await readWhole(copy, call);
  for (const [name, { description, expires_at }] of snapshots) {
    const one = made.snapshots.get(name);
    if (!one || snapshotDifferences({ description, expires_at }, one).length === 0) continue;
    const path = `${volumePath(copy)}/snapshots/${encodeURIComponent(name)}`;
    const body = { description: description ?? '', expires_at: expires_at ?? zeroTime };
    const operation = await start(copy.session, { method: 'PUT', path, body, ...call }, () => undefined, {
      waited: true,
    });
    await operation.wait(call);
  }
}
