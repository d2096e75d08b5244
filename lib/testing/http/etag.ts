import { createHash } from 'node:crypto';
import { Refusal } from '../state/refusal.js';

// Go's encoder escapes these, JavaScript's does not.
const escaped = /[<>&\u2028\u2029]/g;

/** JSON as Go's encoder writes it: keys of maps in order, no blanks. */
function goJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(goJson).join(',')}]`;
  if (typeof value === 'object' && value !== null) {
    const map = value as Record<string, unknown>;
    const entries = Object.keys(map).sort();
    return `{${entries.map((key) => `${goJson(key)}:${goJson(map[key])}`).join(',')}}`;
  }
  return (JSON.stringify(value) ?? 'null').replace(
    escaped,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The hash that the servers make of the fields they protect; of maps and lists it is the very same. */
export function etag(fields: unknown): string {
  return createHash('sha256')
    .update(`${goJson(fields)}\n`)
    .digest('hex');
}

/** Refuses a write whose `If-Match` is not the present ETag; without that header it lets everything through. */
export function checkMatch(headers: Headers, fields: unknown): void {
  const given = headers.get('if-match');
  if (!given) return;
  const wanted = given.replace(/^"+|"+$/g, '');
  const present = etag(fields);
  if (wanted !== present) throw new Refusal(412, `ETag doesn't match: ${present} vs ${wanted}`);
}
