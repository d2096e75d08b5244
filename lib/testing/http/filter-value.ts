import { Dropped } from '../state/refusal.js';

const times = new Set(['created_at', 'last_used_at', 'expires_at', 'uploaded_at']);
const textMaps = new Set(['config', 'expanded_config', 'properties']);
const maps = new Set(['devices', 'expanded_devices']);

/** A time, which no filter can compare. */
const time = Symbol('time');

/**
 * What a dotted field names: keys of config have dots of their own and are taken whole; a key that a map
 * of texts does not have is an empty text, a field that does not exist nothing.
 */
export function valueAt(object: object, field: string, typed: boolean): unknown {
  const [name = '', ...path] = field.split('.');
  const rest = path.join('.');
  const value = Object.hasOwn(object, name) ? (object as Record<string, unknown>)[name] : undefined;
  if (times.has(name)) return time;
  if (textMaps.has(name)) return path.length === 0 ? {} : textAt(value, rest);
  if (maps.has(name)) {
    const [device = ''] = path;
    const found = typeof value === 'object' && value !== null && Object.hasOwn(value, device);
    return found ? textAt((value as Record<string, unknown>)[device], path.slice(1).join('.')) : undefined;
  }
  // Reading through a pointer is what Incus 6.0 panics at.
  if (name === 'state' && path.length > 0 && typed && value !== undefined) throw new Dropped();
  return path.length === 0 ? value : undefined;
}

function textAt(map: unknown, key: string): string {
  const value = typeof map === 'object' && map !== null && Object.hasOwn(map, key);
  return value ? ((map as Record<string, string>)[key] ?? '') : '';
}

/** A boolean as Go reads one. */
export function parseBoolean(text: string): boolean {
  if (/^(?:1|t|T|TRUE|true|True)$/.test(text)) return true;
  if (/^(?:0|f|F|FALSE|false|False)$/.test(text)) return false;
  const quoted = JSON.stringify(text);
  throw new Error(`Failed to parse value: strconv.ParseBool: parsing ${quoted}: invalid syntax`);
}
