import { isIP } from 'node:net';
import { keysByKind, machineKeys, ownKeys, prefixes, volatileEnds } from '../data/config-keys.js';
import type { ProductName } from '../products/product.js';
import type { StringMap } from '../state/maps.js';
import type { InstanceType } from '../kinds/instances/records.js';

/** What values of a config can be. */
export type ValueKind = keyof typeof keysByKind | 'address' | 'schedule';
type Kind = keyof typeof keysByKind;
type Check = (value: string) => string | undefined;

const size = /^\d+(?:B| bytes|[kMGTPE]B|[KMGTPE]iB)?$/;

const checks: Record<ValueKind, Check> = {
  address: (value) => (isIP(value) ? undefined : `Not an IP address ${quote(value)}`),
  schedule: (value) =>
    value.split(',').every((part) => /^(?:@\w+|\s*\S+(?:\s+\S+){4}\s*)$/.test(part))
      ? undefined
      : 'Schedule must be of the form: <minute> <hour> <day-of-month> <month> <day-of-week>',
  boolean: (value) =>
    /^(?:true|false|yes|no|1|0|on|off)$/i.test(value)
      ? undefined
      : `Invalid value for a boolean ${quote(value)}`,
  integer: (value) => (/^[+-]?\d+$/.test(value) ? undefined : `Invalid value for an integer ${quote(value)}`),
  priority(value) {
    const wrong = checks.integer(value);
    if (wrong || (Number(value) >= 0 && Number(value) <= 10)) return wrong;
    return `Invalid value for a limit ${quote(value)}. Must be between 0 and 10`;
  },
  unsigned(value) {
    const isNumber = /^\d+$/.test(value);
    if (isNumber && Number(value) < 2 ** 32) return undefined;
    const why = isNumber ? 'value out of range' : 'invalid syntax';
    return `Invalid value for uint32 ${quote(value)}: strconv.ParseUint: parsing ${quote(value)}: ${why}`;
  },
  size: (value) => (size.test(value) || /^[1-9]\d*%$/.test(value) ? undefined : `Invalid value: ${value}`),
  cpus: (value) => (/^\d+([,-]\d+)?(,\d+([,-]\d+)*)?$/.test(value) ? undefined : 'Invalid CPU limit syntax'),
  uuid: (value) => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? undefined : 'Invalid UUID'),
  expiry: (value) => (/^(?:\d+[SMHdwmy]\s*)+$/.test(value) ? undefined : 'Invalid expiry expression'),
  lines(value) {
    const wrong = value.split('\n').find((line) => line.trim() && !/^\s*#|=/.test(line));
    return wrong === undefined ? undefined : `Invalid raw.lxc line: ${wrong}`;
  },
  any: () => undefined,
};

const kinds = new Map<string, Kind>();
for (const kind of Object.keys(keysByKind) as Kind[]) {
  for (const key of keysByKind[kind]) kinds.set(key, kind);
}

function quote(value: string): string {
  return JSON.stringify(value);
}

function isKnown(key: string, product: ProductName, type: InstanceType | 'any'): boolean {
  if (machineKeys[product].has(key)) return type !== 'container';
  if (kinds.has(key) || ownKeys[product].includes(key)) return true;
  if (prefixes.some((prefix) => key.startsWith(prefix))) return true;
  return key.startsWith('volatile.') && volatileEnds.some((end) => key.endsWith(end));
}

/** What the server would say of a value, which may be empty; `undefined` when it takes it. */
export function valueProblem(kind: ValueKind, value: string): string | undefined {
  return value === '' ? undefined : checks[kind](value);
}

/**
 * What the server would say of this config; `undefined` when it takes it. A profile fits `any` type, and may
 * not hold what the server writes about an instance.
 */
export function configProblem(
  product: ProductName,
  type: InstanceType | 'any',
  config: StringMap,
): string | undefined {
  for (const key of Object.keys(config)) {
    if (type === 'any' && key.startsWith('volatile.')) return 'Volatile keys can only be set on instances';
    if (type === 'any' && key.startsWith('image.')) return 'Image keys can only be set on instances';
    if (!isKnown(key, product, type)) return `Unknown configuration key: ${key}`;
    const value = config[key]!;
    const problem = value === '' ? undefined : checks[kinds.get(key) ?? 'any'](value);
    if (problem) return problem;
  }
  return undefined;
}
