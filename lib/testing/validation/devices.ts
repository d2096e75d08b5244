import type { DeviceMap, StringMap } from '../state/maps.js';

const types = new Set([
  'none',
  'disk',
  'nic',
  'unix-char',
  'unix-block',
  'unix-hotplug',
  'usb',
  'gpu',
  'infiniband',
  'proxy',
  'tpm',
  'pci',
]);

const options: Readonly<Record<string, RegExp>> = {
  none: /^$/,
  disk: /^(?:path|source|pool|size|size\.state|limits\.(?:read|write|max)|required|optional|readonly|recursive|shift|propagation|raw\.mount\.options|ceph\.\w+|boot\.priority|initial\.\w+|io\.\w+)$/,
};

/** Is this one of the types that a device can have? */
export function isDeviceType(type: string): boolean {
  return types.has(type);
}

function nameProblem(name: string): string | undefined {
  if (name.length < 1 || name.length > 63) return 'Name must be 1-63 characters long';
  if (name.startsWith('.')) return 'Name must not start with "." character';
  if (/^[/.\-:_a-zA-Z0-9]+$/.test(name)) return undefined;
  return 'Name can only contain alphanumeric, forward slash, hyphen, colon, underscore and full stop characters';
}

function deviceProblem(name: string, device: StringMap): string | undefined {
  const bad = nameProblem(name);
  if (bad) return bad;
  if (!device.type) return `Failed loading device "${name}": Missing device type in config`;
  const isNic = device.type === 'nic';
  if (!types.has(device.type) || (isNic && !device.nictype && !device.network)) {
    return `Failed loading device "${name}": Unsupported device type`;
  }
  // The fake knows the options of these types only: the rest would be a copy of the servers.
  const known = options[device.type];
  const extra = known && Object.keys(device).find((key) => key !== 'type' && !known.test(key));
  return extra === undefined ? undefined : `Invalid device option ${JSON.stringify(extra)}`;
}

/** What the server would say of these devices; `undefined` when it takes them. */
export function devicesProblem(devices: DeviceMap): string | undefined {
  for (const name of Object.keys(devices)) {
    const problem = deviceProblem(name, devices[name]!);
    if (problem) return `Device validation failed for "${name}": ${problem}`;
  }
  return undefined;
}

/** The root disk among these devices. */
export function rootDisk(devices: DeviceMap): StringMap | undefined {
  return Object.values(devices).find(
    (device) => device.type === 'disk' && device.path === '/' && !device.source,
  );
}
