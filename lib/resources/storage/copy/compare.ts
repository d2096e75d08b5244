import { OperationError } from '../../../errors/index.js';
import { isMap, readTime, type CallOptions, type JsonMap } from '../../../orm/index.js';
import { asObjects } from '../../../rest/answers.js';
import { afterSlash } from '../../kind/path.js';
import { readVolume, volumePath, type VolumeAt } from './original.js';
import { fitsInto } from './size.js';

/** What a volume is, but for its content: what a copy has to have, too. */
export interface Whole {
  volume: JsonMap;
  /** By their names. */
  snapshots: Map<string, JsonMap>;
}

/** Reads a volume with its snapshots. */
export async function readWhole(at: VolumeAt, options: CallOptions): Promise<Whole> {
  const volume = await readVolume(at, options);
  const request = { method: 'GET', path: `${volumePath(at)}/snapshots`, query: { recursion: 1 }, ...options };
  const list = asObjects<JsonMap>(await at.session.send(request), request);
  const snapshots = new Map(list.map((one) => [afterSlash(textOf(one.name)), one]));
  return { volume, snapshots };
}

/** A name as the server tells it. */
function textOf(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** @throws OperationError that says in what a copy differs from what it should be */
export function assertAlike(wanted: Whole, made: Whole, title: string): void {
  const differ = differences(wanted, made);
  if (differ.length === 0) return;
  throw new OperationError(`${title} is not what its original is: ${differ.join(', ')}`);
}

/** In what they differ, in words; what the servers keep for themselves is not compared. */
export function differences(wanted: Whole, made: Whole): string[] {
  const names = new Set([...wanted.snapshots.keys(), ...made.snapshots.keys()]);
  const ofSnapshots = [...names].flatMap((name) => {
    const [one, other] = [wanted.snapshots.get(name), made.snapshots.get(name)];
    if (!one || !other) return [`its snapshot '${name}' is ${one ? 'missing' : 'additional'}`];
    return snapshotDifferences(one, other).map((what) => `${what} of its snapshot '${name}'`);
  });
  const { volume } = wanted;
  const fields = ['description', 'content_type'].filter(
    (field) => (volume[field] ?? '') !== (made.volume[field] ?? ''),
  );
  return [...fields, ...lostConfig(volume, made.volume).map((key) => `config ${key}`), ...ofSnapshots];
}

/** What of a snapshot is to be as it was. */
export function snapshotDifferences(wanted: JsonMap, made: JsonMap): string[] {
  const description = (wanted.description ?? '') === (made.description ?? '') ? [] : ['description'];
  const [before, after] = [wanted, made].map(({ expires_at: at }) => readTime(at ?? null)?.getTime());
  return before === after ? description : [...description, 'expires_at'];
}

/** Keys that only some storage drivers have: a pool of another leaves them out. */
const ofDrivers = /^(block|btrfs|ceph|cephfs|linstor|lvm|powerflex|pure|alletra|truenas|zfs)\./;

/** Keys of a config that a copy should have, and has not. */
export function lostConfig({ config: wanted }: JsonMap, { config: made }: JsonMap): string[] {
  const [one, other] = [wanted, made].map((config) => (isMap(config) ? config : {}));
  return Object.entries(one ?? {}).flatMap(([key, value]) => {
    const isOurs = !key.startsWith('volatile.') && !ofDrivers.test(key) && value !== '';
    const isKept = key === 'size' ? fitsInto(value, other?.[key]) : other?.[key] === value;
    return isOurs && !isKept ? [`'${key}'`] : [];
  });
}

/** Whether nothing speaks against it that a volume is what was made with this body, or what is left of it. */
export function couldBe(made: JsonMap, volume: JsonMap): boolean {
  const users = Array.isArray(volume.used_by) ? volume.used_by : [];
  if (users.length > 0 || volume.description !== made.description) return false;
  const [sent, has] = [made, volume].map(({ config }) => (isMap(config) ? config : {}));
  return Object.entries(has ?? {}).every(
    ([key, value]) => key === 'size' || (sent?.[key] ?? value) === value,
  );
}
