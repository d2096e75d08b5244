import type { DeviceMap, StringMap } from '../state/maps.js';

/** The root disk among these devices. */
export function rootDisk(devices: DeviceMap): StringMap | undefined {
  return Object.values(devices).find(
    (device) => device.type === 'disk' && device.path === '/' && !device.source,
  );
}
