import {
  AlreadyExistsError,
  assertOptions,
  InvalidInputError,
  NotFoundError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { assertKey, describe, type CallOptions, type JsonMap } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Instance } from '../instances/instance.js';
import { instanceStore } from '../instances/store.js';
import { assertName } from '../kind/given.js';
import { Resource } from '../kind/resource.js';
import { countdown } from '../transfer/countdown.js';
import { readVolume, type VolumeAt } from './copy/original.js';

/** How a volume is attached to an instance. `timeout` is for all of it, in ms. */
export interface AttachOptions extends CallOptions {
  /** What the device is called; as the volume by default. */
  device?: string | undefined;
  /** Where its file system is mounted in the instance, such as `/srv/data`; block and ISO volumes have none. */
  path?: string | undefined;
}

/** How a volume is detached from an instance. `timeout` is for all of it, in ms. */
export interface DetachOptions extends CallOptions {
  /** Which device, where the instance has the volume more than once. */
  device?: string | undefined;
}

const attachNames: OptionNames<AttachOptions> = { ...callNames, device: true, path: true };
const detachNames: OptionNames<DetachOptions> = { ...callNames, device: true };

/** Adds a disk device to an instance, as the command lines do. */
export async function attachVolume(
  volume: VolumeAt,
  to: Instance | string,
  given: AttachOptions,
): Promise<Instance> {
  assertOptions(given, attachNames, 'attachTo()');
  const { device = volume.name, path, signal, timeout } = given;
  assertName(device, 'attachTo.device');
  if (path !== undefined && (typeof path !== 'string' || !path.startsWith('/')))
    throw new InvalidInputError(`attachTo.path must be an absolute path, not ${describe(path)}`);
  const left = countdown(timeout);
  const call = (): CallOptions => ({ signal, timeout: left() });
  const { instance, session } = instanceOf(volume.session, to, 'attachTo()');
  const described = await readVolume(volume, call());
  await assertSeen(volume, described, session, call());
  assertPath(volume.name, described, path);
  const now = await instance.fetch(call());
  if (Object.hasOwn(now.expandedDevices, device)) {
    const whose = Object.hasOwn(now.devices, device) ? 'has' : 'has from a profile';
    throw new AlreadyExistsError(
      `attachTo(): ${instance.toString()} ${whose} a device '${device}' already; give another name as 'device'`,
    );
  }
  now.devices[device] = {
    type: 'disk',
    pool: volume.pool,
    source: volume.name,
    ...(path === undefined ? {} : { path }),
  };
  await now.save(call());
  return result(to, now, call());
}

/** Removes the disk device of a volume from an instance. */
export async function detachVolume(
  volume: VolumeAt,
  from: Instance | string,
  given: DetachOptions,
): Promise<Instance> {
  assertOptions(given, detachNames, 'detachFrom()');
  const { device, signal, timeout } = given;
  assertName(device, 'detachFrom.device');
  const left = countdown(timeout);
  const call = (): CallOptions => ({ signal, timeout: left() });
  const { instance } = instanceOf(volume.session, from, 'detachFrom()');
  const now = await instance.fetch(call());
  delete now.devices[deviceOf(volume, now, device)];
  await now.save(call());
  return result(from, now, call());
}

/** A model of its own, so that edits of the caller's that are not saved stay so; and what sends its requests. */
function instanceOf(here: Session, given: unknown, method: string): { instance: Instance; session: Session } {
  if (typeof given === 'string') {
    assertKey(given, 'instance');
    const session = here.derive({ target: undefined }); // that is the volume's
    return { instance: new Instance(instanceStore(session), given), session };
  }
  if (!(given instanceof Instance))
    throw new InvalidInputError(`${method} takes an instance or its name, not ${describe(given)}`);
  const session = Resource.sessionOf(given);
  if (session.connection === here.connection)
    return { instance: new Instance(instanceStore(session), given.key), session };
  throw new InvalidInputError(`${method}: ${given.toString()} is of another server than the volume`);
}

/** The caller's own model knows it now, too. */
async function result(given: Instance | string, now: Instance, call: CallOptions): Promise<Instance> {
  return typeof given === 'string' ? now.fetch(call) : given.fetch(call);
}

/** @throws InvalidInputError where the instance's project has other volumes: it would get one of the same name, or none */
async function assertSeen(
  volume: VolumeAt,
  { project: own }: JsonMap,
  session: Session,
  call: CallOptions,
): Promise<void> {
  const [here, there] = await Promise.all([volume.session.project(), session.project()]);
  if (here === there || own === there) return;
  const seen = await readVolume({ ...volume, session }, call).catch((error: unknown) => {
    if (error instanceof NotFoundError) return undefined;
    throw error;
  });
  if (seen !== undefined && seen.project === own) return;
  throw new InvalidInputError(
    `attachTo(): the instance is in the project '${there}', which does not share the volumes of '${here}'; move() or copy() it there`,
  );
}

function assertPath(name: string, { content_type: told }: JsonMap, path: string | undefined): void {
  const content = typeof told === 'string' && told !== '' ? told : 'filesystem';
  if (content === 'filesystem' && path === undefined) {
    throw new InvalidInputError(
      `attachTo(): '${name}' is a file system, which needs a path to be mounted at: { path: '/srv/${name}' }`,
    );
  }
  if (content !== 'filesystem' && path !== undefined)
    throw new InvalidInputError(`attachTo(): '${name}' is a disk (${content}), and is not mounted at a path`);
}

/** The name of the device that a volume is. */
function deviceOf({ pool, name }: VolumeAt, instance: Instance, asked: string | undefined): string {
  const isIt = (one: Readonly<Record<string, string>> | undefined) =>
    one?.type === 'disk' &&
    one.pool === pool &&
    one.source === name &&
    // Newer LXD: a disk can be a volume of another type, or a snapshot.
    (one['source.type'] ?? 'custom') === 'custom' &&
    !one['source.snapshot'];
  const namesIn = (devices: Readonly<Record<string, Readonly<Record<string, string>>>>) =>
    Object.keys(devices).filter((device) => isIt(devices[device]) && (asked ?? device) === device);
  const [found, ...more] = namesIn(instance.devices);
  const title = instance.toString();
  if (more.length > 0) {
    throw new InvalidInputError(
      `detachFrom(): ${title} has '${name}' as ${[found, ...more].join(', ')}: say which as 'device'`,
    );
  }
  if (found !== undefined) return found;
  const inherited = namesIn(instance.expandedDevices);
  const where = inherited.length > 0 ? `: ${inherited.join(', ')} is a profile's, to be changed there` : '';
  const called = asked === undefined ? '' : ` called '${asked}'`;
  throw new NotFoundError(
    `detachFrom(): ${title} has no device${called} that is the volume '${name}' of the pool '${pool}'${where}`,
  );
}
