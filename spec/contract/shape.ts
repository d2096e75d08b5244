/** The types of a JSON value and of all that is in it, without a value: what a recording keeps. */
export type Shape = string | { [key: string]: Shape };

/** Keyed by names that users choose, so that only what all values have in common counts. */
const maps = new Set([
  ...['config', 'expanded_config', 'devices', 'expanded_devices', 'properties'],
  ...['network', 'disk', 'kernel_features', 'lxc_features', 'resources'],
]);

export function shapeOf(value: unknown, name = ''): Shape {
  if (value === null) return 'null';
  if (Array.isArray(value)) return { '[]': merged(value.map((item) => shapeOf(item))) };
  if (typeof value !== 'object') return typeof value;
  // A secret that is set reads as true, of which some servers have one.
  const values = Object.values(value).filter((item) => item !== true);
  if (maps.has(name)) return { '*': merged(values.map((item) => shapeOf(item))) };
  const entries = Object.entries(value).map(([key, item]) => [key, shapeOf(item, key)] as const);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
}

/** What any of them may be. */
function merged(shapes: Shape[]): Shape {
  if (shapes.length === 0) return 'nothing';
  if (shapes.every((shape) => typeof shape === 'object')) {
    const all: Record<string, Shape> = {};
    for (const shape of shapes) {
      for (const [key, value] of Object.entries(shape)) {
        const known = all[key];
        all[key] = known === undefined ? value : merged([known, value]);
      }
    }
    return Object.fromEntries(Object.entries(all).sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  const texts = shapes.map((shape) => (typeof shape === 'string' ? shape : JSON.stringify(shape)));
  return [...new Set(texts)].sort().join(' | ');
}
