import type { Place } from '../../kind/place.js';
import { Refusal } from '../../state/refusal.js';
import type { StringMap } from '../../state/maps.js';
import { expandedDevices } from '../instances/state/expand.js';

/** Is a device this custom volume? */
export const isDiskOf = (pool: string, name: string) => (device: StringMap) =>
  device.type === 'disk' && device.pool === pool && device.source === name;

/** The projects whose instances and profiles can have the volumes of a place. */
const sharing = ({ state, project }: Pick<Place, 'state' | 'project'>) =>
  state.projects.sharing(project, 'storage.volumes');

/** Gives the devices that are a volume its new name, and its new pool. */
export function followVolume(
  place: Pick<Place, 'state' | 'project' | 'param'>,
  name: string,
  now: { source: string; pool?: string },
): void {
  const devices = sharing(place)
    .flatMap(({ instances, profiles }) => [...instances.values(), ...profiles.values()])
    .flatMap((one) => Object.values(one.devices));
  for (const device of devices.filter(isDiskOf(place.param('poolName'), name))) Object.assign(device, now);
}

/** Refuses what cannot be done to a volume that a running instance has, by itself or by a profile. @throws Refusal */
export function assertNotRunning(place: Place, name: string, says: string): void {
  const isDisk = isDiskOf(place.param('poolName'), name);
  const isUsed = sharing(place).some((project) =>
    [...project.instances.values()].some(
      (one) => one.status !== 'Stopped' && Object.values(expandedDevices(project, one)).some(isDisk),
    ),
  );
  if (isUsed) throw new Refusal(500, says);
}
