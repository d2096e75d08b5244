import { isIP } from 'node:net';
import {
  keysByKind,
  machineKeys,
  machinePrefixes,
  ownKeys,
  prefixes,
  volatileEnds,
} from '../data/config-keys.js';
import type { ProductName } from '../products/product.js';
import type { StringMap } from '../state/maps.js';
import type { InstanceType } from '../kinds/instances/records.js';

/** What values of a config can be. */
type Kind = keyof typeof keysByKind | keyof (typeof ownKeys)['lxd'] | keyof (typeof ownKeys)['incus'];
export type ValueKind = Kind | 'address' | 'addresses' | 'schedule';
type Check = (value: string) => string | undefined;

const notSchedule = 'Schedule must be of the form: <minute> <hour> <day-of-month> <month> <day-of-week>';
const scheduleNames = new Set(
  '@hourly @daily @midnight @weekly @monthly @annually @yearly @startup @never'.split(' '),
);
/** One of these words. */
export const oneOf = (...all: string[]): Check => {
  return (value) =>
    all.includes(value) ? undefined : `Invalid value ${quote(value)} (not one of [${all.join(' ')}])`;
};

const size = /^\d+(?:B| bytes|[kMGTPE]B|[KMGTPE]iB)?$/;

const checks: Record<ValueKind, Check> = {
  address: (value) => (isIP(value) ? undefined : `Not an IP address ${quote(value)}`),
  schedule: (value) =>
    value.split(',').every((part) => /^(?:@\w+|\s*\S+(?:\s+\S+){4}\s*)$/.test(part))
      ? undefined
      : notSchedule,
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
  size: (value) => (size.test(value) ? undefined : `Invalid value: ${value}`),
  memory(value) {
    if (/^0+%?$/.test(value)) return `Memory limit can't be 0${value.endsWith('%') ? '%' : ''}`;
    return /^\d+%$/.test(value) ? undefined : checks.size(value);
  },
  allowance(value) {
    const [time = '', period] = value.split('/');
    const isNumber = (text: string) => /^[+-]?\d+$/.test(text);
    const wrong = (text: string) => `strconv.Atoi: parsing ${quote(text)}: invalid syntax`;
    if (value.endsWith('%')) return isNumber(value.slice(0, -1)) ? undefined : wrong(value.slice(0, -1));
    if (period === undefined) return `Invalid allowance: ${value}`;
    const bad = [time, period].map((text) => text.replace(/ms$/, '')).find((text) => !isNumber(text));
    return bad === undefined ? undefined : wrong(bad);
  },
  enforcement: oneOf('soft', 'hard'),
  evacuation: oneOf('auto', 'migrate', 'live-migrate', 'stop'),
  'wider evacuation': oneOf('auto', 'migrate', 'live-migrate', 'stop', 'stateful-stop', 'force-stop'),
  'shutdown action': oneOf('stop', 'force-stop', 'stateful-stop'),
  swap: (value) =>
    checks.boolean(value) && (value.endsWith('%') || checks.size(value))
      ? `${quote(value)} isn't a valid value`
      : undefined,
  'snapshot schedule'(value) {
    const isNone = (part: string) => !scheduleNames.has(part) && part.split(' ').length !== 5;
    return value.toLowerCase().split(', ').some(isNone) ? notSchedule : undefined;
  },
  'one cpu or more': (value) => (value === '0' ? 'Invalid cpuset value: 0' : checks.cpus(value)),
  nodes: (value) =>
    value === 'balanced' || !checks.cpus(value) ? undefined : `${quote(value)} isn't a valid value`,
  'boolean, never empty': (value) => checks.boolean(value),
  addresses(value) {
    const wrong = value.split(',').find((part) => checks.address(part.trim()));
    return wrong === undefined ? undefined : `Item ${quote(wrong)}: ${checks.address(wrong) ?? ''}`;
  },
  cpus: (value) => (/^\d+([,-]\d+)?(,\d+([,-]\d+)*)?$/.test(value) ? undefined : 'Invalid CPU limit syntax'),
  uuid: (value) => (/^[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}$/i.test(value) ? undefined : 'Invalid UUID'),
  expiry: (value) => (/^(?:\d+[SMHdwmy]\s*)+$/.test(value) ? undefined : 'Invalid expiry expression'),
  lines(value) {
    const wrong = value.split('\n').find((line) => line.trim() && !/^\s*#|=/.test(line));
    return wrong === undefined ? undefined : `Invalid raw.lxc line: ${wrong}`;
  },
  any: () => undefined,
};

/** What cannot be taken away, since nothing is no value of it. */
const neverEmpty = new Set<ValueKind>(['boolean, never empty', 'addresses']);

const kinds: Record<ProductName, Map<string, Kind>> = { lxd: kindsOf('lxd'), incus: kindsOf('incus') };

function kindsOf(product: ProductName): Map<string, Kind> {
  const all = [...Object.entries(keysByKind), ...Object.entries(ownKeys[product])] as [Kind, string[]][];
  return new Map(all.flatMap(([kind, keys]) => keys.map((key) => [key, kind] as const)));
}

function quote(value: string): string {
  return JSON.stringify(value);
}

function isKnown(key: string, product: ProductName, type: InstanceType | 'any'): boolean {
  const begins = (start: string) => key.startsWith(start);
  if (machineKeys[product].has(key) || machinePrefixes[product].some(begins)) return type !== 'container';
  if (kinds[product].has(key) || prefixes.some(begins)) return true;
  return key.startsWith('volatile.') && volatileEnds[product].some((end) => key.endsWith(end));
}

function kindOf(key: string, product: ProductName): ValueKind {
  if (key.startsWith('volatile.') && key.endsWith('.last_state.ip_addresses')) return 'addresses';
  return kinds[product].get(key) ?? 'any';
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
    const kind = kindOf(key, product);
    const problem = neverEmpty.has(kind) ? checks[kind](value) : valueProblem(kind, value);
    if (problem) return problem;
  }
  return undefined;
}
