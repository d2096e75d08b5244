import fc from 'fast-check';
import { hostileKeys, mapOf } from './hostile.js';

/** How many cases each property tries: more of them in CI than while one works. */
export const numRuns = Number(process.env.TSLXD_FUZZ ?? (process.env.CI ? 1000 : 150));

/** Any code point but NUL, which is refused. Not fast-check's own `binary`, which fills a map with all of them first (0.7 s in each file). */
const codePoint = fc
  .oneof(fc.integer({ min: 1, max: 0xd7ff }), fc.integer({ min: 0xe000, max: 0x10ffff }))
  .map((code) => String.fromCodePoint(code));

/** Few keys, so that both sides often mean the same one; hostile ones among them. */
export const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('a', 'b', 'c', 'volatile.x') },
  { weight: 2, arbitrary: fc.constantFrom(...hostileKeys) },
  { weight: 1, arbitrary: fc.string({ unit: codePoint, maxLength: 3 }) },
);

export const text = fc.constantFrom('1', '2', '3', 'on', '{"json":1}');

/** A map, hostile keys included. */
export function map<T>(value: fc.Arbitrary<T>, maxLength = 5): fc.Arbitrary<Record<string, T>> {
  return fc.array(fc.tuple(key, value), { maxLength }).map((entries) => Object.fromEntries(entries));
}

export const texts = map(text);
export const devices = map(map(text, 3), 4);
export const list = fc.uniqueArray(fc.constantFrom('default', 'a', 'b', 'c', 'd', '__proto__', 'ä'), {
  maxLength: 6,
});

/** What somebody does to a map: `undefined` takes a key away. */
type Edits<T> = Record<string, T | undefined>;

function edited<T>(base: Record<string, T>, edits: Edits<T>): Record<string, T> {
  const entries = new Map(Object.entries(base));
  for (const [name, value] of Object.entries(edits)) {
    if (value === undefined) entries.delete(name);
    else entries.set(name, value);
  }
  return Object.fromEntries(entries);
}

/** Edits that often hit keys that the map has. */
function edits<T>(base: Record<string, T>, value: (now: T | undefined) => fc.Arbitrary<T>) {
  const keys = Object.keys(base);
  const name = keys.length > 0 ? fc.oneof(fc.constantFrom(...keys), key) : key;
  const edit = name.chain((at) =>
    fc.tuple(
      fc.constant(at),
      fc.option(value(Object.hasOwn(base, at) ? base[at] : undefined), { nil: undefined }),
    ),
  );
  return fc.array(edit, { maxLength: 3 }).map((all) => Object.fromEntries(all) as Edits<T>);
}

export function editOfTexts(base: Record<string, string>): fc.Arbitrary<Record<string, string>> {
  return edits(base, () => text).map((all) => edited(base, all));
}

export function editOfDevices(
  base: Record<string, Record<string, string>>,
): fc.Arbitrary<Record<string, Record<string, string>>> {
  return edits(base, (now) => (now ? editOfTexts(now) : map(text, 3))).map((all) => edited(base, all));
}

/** A list with elements put in, taken away and moved. */
export function editOfList(base: string[]): fc.Arbitrary<string[]> {
  const step = fc.tuple(
    fc.constantFrom('add', 'remove', 'move'),
    fc.nat(6),
    fc.constantFrom('x', 'y', 'a', 'b', 'c'),
  );
  return fc.array(step, { maxLength: 3 }).map((steps) => {
    const result = [...base];
    for (const [what, index, item] of steps) {
      if (what === 'add' && !result.includes(item)) result.splice(index, 0, item);
      const at = Math.min(index, result.length - 1);
      if (what === 'remove' && at >= 0) result.splice(at, 1);
      if (what === 'move' && at >= 0) result.push(...result.splice(at, 1));
    }
    return result;
  });
}

/** The fields of a thing that a test edits. */
export interface Fields {
  description: string;
  config: Record<string, string>;
  devices: Record<string, Record<string, string>>;
  profiles: string[];
}

export const fields: fc.Arbitrary<Fields> = fc.record({
  description: text,
  config: texts,
  devices,
  profiles: list,
});

export function editOfFields(base: Fields): fc.Arbitrary<Fields> {
  return fc.record({
    description: fc.oneof({ weight: 3, arbitrary: fc.constant(base.description) }, text),
    config: editOfTexts(base.config),
    devices: editOfDevices(base.devices),
    profiles: editOfList(base.profiles),
  });
}

/** What a thing was, and what two writers made of it. */
export const threeWays = fields.chain((base) =>
  fc.record({ base: fc.constant(base), mine: editOfFields(base), theirs: editOfFields(base) }),
);

/** Every hostile key at once. */
export const allHostile = mapOf(hostileKeys, (name) => `of ${name}`);

/** JSON as text with keys in order: equal for equal values, blind to prototypes, and `__proto__` is an ordinary key. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value)
    .filter(([, item]) => item !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, item]) => `${JSON.stringify(name)}:${canonical(item)}`).join(',')}}`;
}

/** The value at a path, own keys only; undefined where there is none. */
export function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (now, name) =>
      typeof now === 'object' && now !== null && Object.hasOwn(now, name)
        ? (now as Record<string, unknown>)[name]
        : undefined,
    value,
  );
}

/** What one side did, told with nothing of lib's: the places where its value differs, as deep as both have maps. */
export function changed(base: unknown, side: unknown, path: readonly string[] = []): (readonly string[])[] {
  const [was, now] = [base, side].map((value) =>
    typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.keys(value) : undefined,
  );
  if (!was || !now) return canonical(base) === canonical(side) ? [] : [path];
  return [...new Set([...was, ...now])].flatMap((name) =>
    changed(at(base, [name]), at(side, [name]), [...path, name]),
  );
}
