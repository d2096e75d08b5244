import { gunzipSync, gzipSync } from 'node:zlib';
import type { InstanceRecord, InstanceType } from '../records.js';
import { Refusal } from '../../../state/refusal.js';
import { restored, restoredSnapshot, saved, savedSnapshot, type Saved, type SavedSnapshot } from './saved.js';

/** What lies in a backup's file of the fake: no tarball, but as good as one to itself. */
interface Content {
  tslxdFakeBackup: 1;
  name: string;
  type: InstanceType;
  instance: Saved;
  snapshots: SavedSnapshot[];
}

/** Packs an instance, with its snapshots unless only it is asked for. */
export function packBackup(instance: InstanceRecord, instanceOnly: boolean, isCompressed: boolean): Buffer {
  const { name, type } = instance;
  const snapshots = instanceOnly ? [] : [...instance.snapshots.values()];
  const content: Content = {
    tslxdFakeBackup: 1,
    ...{ name, type },
    instance: saved(instance),
    snapshots: snapshots.map(savedSnapshot),
  };
  const text = Buffer.from(JSON.stringify(content));
  return isCompressed ? gzipSync(text) : text;
}

/** What a backup's file holds. @throws Refusal for what is none of a fake */
export function unpackBackup(bytes: Buffer) {
  if (bytes.length === 0) throw new Refusal(500, 'EOF');
  try {
    const content = JSON.parse((bytes[0] === 0x1f ? gunzipSync(bytes) : bytes).toString()) as Content;
    const { name, type, instance, snapshots } = content;
    return {
      ...{ name, type },
      instance: restored(instance),
      snapshots: snapshots.map(restoredSnapshot),
    };
  } catch {
    throw new Refusal(500, 'Unsupported compression');
  }
}
