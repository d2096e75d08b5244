import { typeOfNic } from './nics.js';
import { deviceKinds, type DeviceKind, type DeviceOptions } from './kinds.js';
import { rules } from './rules.js';
import { deviceValues } from './values.js';
import type { InstanceType } from '../kinds/instances/records.js';
import type { ProjectRecord } from '../kinds/projects/project.js';
import type { ProductName } from '../products/product.js';
import type { DeviceMap, StringMap } from '../state/maps.js';
import { prefixed, Refusal } from '../state/refusal.js';

/** What devices are looked at for. */
export interface DeviceContext {
  product: ProductName;
  project: ProjectRecord;
  /** A profile fits `any` type. */
  type: InstanceType | 'any';
  /** The devices of the instance or profile itself. */
  local: DeviceMap;
  /** With those of the profiles; none of a profile. */
  expanded: DeviceMap;
}

const types = new Set([...Object.keys(deviceKinds).map((name) => name.split(' ')[0]!)]);

/** Is this one of the types that a device can have? */
export function isDeviceType(type: string): boolean {
  return types.has(type);
}

/** What no instance of this type can have, and no profile. */
class Unsupported extends Refusal {
  constructor() {
    super(500, 'Unsupported device type');
  }
}

/**
 * Looks at the devices of an instance or of a profile, its own first. @throws Refusal with what the servers say: 404 for
 * something that a device names, and that is not there
 */
export function assertDevices(context: DeviceContext): void {
  for (const [name, device] of Object.entries(context.local)) assertDevice(context, name, device);
}

/** Likewise at those that an instance has by its profiles: of these it just does not get what is not for its type. @throws Refusal */
export function assertInherited(context: DeviceContext): void {
  for (const [name, device] of Object.entries(context.expanded)) {
    if (name in context.local) continue;
    try {
      assertDevice(context, name, device);
    } catch (error) {
      if (!(error instanceof Refusal) || !error.message.endsWith('Unsupported device type')) throw error;
    }
  }
}

function assertDevice(context: DeviceContext, name: string, device: StringMap): void {
  prefixed(`Device validation failed for "${name}": `, () => {
    const bad = nameProblem(name);
    if (bad) throw new Refusal(500, bad);
    // What rules note in a device is not kept.
    checkOne(context, name, { ...device });
  });
}

function nameProblem(name: string): string | undefined {
  if (name.length < 1 || name.length > 63) return 'Name must be 1-63 characters long';
  if (name.startsWith('.')) return 'Name must not start with "." character';
  if (/^[/.\-:_a-zA-Z0-9]+$/.test(name)) return undefined;
  return 'Name can only contain alphanumeric, forward slash, hyphen, colon, underscore and full stop characters';
}

function checkOne(context: DeviceContext, name: string, device: StringMap): void {
  const { product, type } = context;
  const kindName = kindOf(context, name, device);
  const kind = deviceKinds[kindName]!;
  if (kind.only && type !== 'any' && kind.only !== type) throw new Unsupported();
  const { before, after } = rules[kindName] ?? {};
  before?.(device, context, name);
  const options: DeviceOptions = {
    ...kind.options,
    ...kind.own?.[product],
    ...(type !== 'virtual-machine' && kind.ofContainers),
  };
  const wrong = optionProblem(kind, options, device, context);
  if (wrong !== undefined) throw new Refusal(500, `${kind.prefix ?? ''}${wrong}`);
  after?.(device, context, name);
}

function kindOf({ product, project }: DeviceContext, name: string, device: StringMap): string {
  const { type = '', gputype = '' } = device;
  const says = (status: number, why: string) =>
    new Refusal(status, `Failed loading device "${name}": ${why}`);
  if (!type) throw says(500, 'Missing device type in config');
  const subtypes: Record<string, () => string> = {
    nic: () => typeOfNic(product, project, device, says),
    infiniband: () => device.nictype ?? '',
    gpu: () => (`gpu ${gputype}` in deviceKinds ? gputype : 'physical'),
  };
  const subtype = subtypes[type]?.();
  const kind = subtype === undefined ? type : `${type} ${subtype}`;
  if (!Object.hasOwn(deviceKinds, kind)) throw says(500, 'Unsupported device type');
  return kind;
}

function optionProblem(
  { required = [], requiredInContainers = [], checked = [] }: DeviceKind,
  options: DeviceOptions,
  device: StringMap,
  { product, type, expanded }: DeviceContext,
): string | undefined {
  const needed = type === 'container' ? [...required, ...requiredInContainers] : required;
  const says = (key: string, why: string) => `Invalid value for device option "${key}": ${why}`;
  for (const [key, kind] of Object.entries(options)) {
    const value = device[key] ?? '';
    if (value === '' && needed.includes(key)) return says(key, 'Required value');
    if (value === '' && !checked.includes(key)) continue;
    if (kind === 'nic bus' && type !== 'virtual-machine')
      return says(key, 'This option is only supported on virtual machines');
    const why = deviceValues[kind](value) ?? (key === 'name' ? twiceNamed(expanded) : undefined);
    if (why) return says(key, why);
  }
  const isFree = (key: string) =>
    key === 'type' ||
    key.startsWith('user.') ||
    (product === 'incus' && key.startsWith('initial.')) ||
    (key === 'nictype' && (device.type === 'nic' || device.type === 'infiniband')) ||
    (key === 'gputype' && device.type === 'gpu');
  const unknown = Object.keys(device).find((key) => !Object.hasOwn(options, key) && !isFree(key));
  return unknown === undefined ? undefined : `Invalid device option ${JSON.stringify(unknown)}`;
}

function twiceNamed(expanded: DeviceMap): string | undefined {
  const names = Object.values(expanded).flatMap(({ type, name }) => (type === 'nic' && name ? [name] : []));
  const twice = names.find((name, index) => names.indexOf(name) < index);
  return twice === undefined ? undefined : `Duplicate NIC name detected "${twice}"`;
}
