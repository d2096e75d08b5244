import type { ProductName } from '../products/product.js';
import { isOn, type StringMap } from '../state/maps.js';

const about: Record<ProductName, (what: string, value: string) => string> = {
  lxd: (what, value) => `${what} ${JSON.stringify(value)}`,
  incus: (what, value) => `${what}: ${value}`,
};
const rangeName = { lxd: 'Invalid ID Map range', incus: 'Invalid ID map range' };

/** The size of a range such as `1000-1999`, or what is wrong with it. */
function sizeOf(product: ProductName, range: string): bigint | string {
  const numbers = range.split('-');
  if (numbers.length > 2) return about[product](rangeName[product], range);
  const wrong = numbers.find((one) => !/^\+?\d+$/.test(one) || BigInt(one) >= 2n ** 63n);
  if (wrong !== undefined) {
    const why = /^\+?\d+$/.test(wrong) ? 'value out of range' : 'invalid syntax';
    return `strconv.ParseInt: parsing ${JSON.stringify(wrong)}: ${why}`;
  }
  const [first = 0n, last = first] = numbers.map(BigInt);
  return last - first + 1n;
}

/** What is wrong with `raw.idmap`, which also a new container's is held to. */
export function idMapProblem(product: ProductName, { 'raw.idmap': map = '' }: StringMap): string | undefined {
  for (const line of map.split('\n').filter(Boolean)) {
    const says = (what: string) => about[product](what, line);
    const [type = '', outside = '', inside = '', ...more] = line.split(' ');
    if (line.split(' ').length < 3 || more.length > 0) return says('Invalid ID map line');
    const sizes = [outside, inside].map((range) => sizeOf(product, range));
    const wrong = sizes.find((size) => typeof size === 'string');
    if (wrong !== undefined) return wrong;
    if (sizes[0] !== sizes[1]) return says('The ID map ranges are of different sizes');
    if (!/^(?:both|uid|gid)$/.test(type)) return says('Invalid ID map type');
  }
  return undefined;
}

/** What Go's decoder says of what is no JSON. */
function jsonProblem(text: string): string | undefined {
  try {
    JSON.parse(text);
    return undefined;
  } catch {
    const first = text.trimStart()[0];
    if (first === undefined || /[[{"\d\-tfn]/.test(first)) return 'unexpected end of JSON input';
    return `invalid character '${first}' looking for beginning of value`;
  }
}

const limit = 'limits.kernel.';

/**
 * What the server says of what only shows when it makes a container ready to run with this config, which is that with its
 * profiles: it does so when one is written, and not when one is made.
 */
export function runProblem(product: ProductName, config: StringMap): string | undefined {
  const badMap = idMapProblem(product, config);
  if (badMap !== undefined) return `Failed to get ID map: ${badMap}`;
  const next = config['volatile.idmap.next'];
  const badNext = next === undefined ? undefined : jsonProblem(next);
  if (badNext !== undefined) return `Initialize LXC: ${badNext}`;
  for (const [key, value] of Object.entries(config)) {
    if (!key.startsWith(limit) || !value) continue;
    if (/^(?:[+-]?\d+|unlimited)(?::(?:[+-]?\d+|unlimited))?$/.test(value)) continue;
    return `Initialize LXC: Failed to set LXC config: lxc.prlimit.${key.slice(limit.length)}=${value}`;
  }
  const isNvidia = isOn(config['nvidia.runtime']);
  return isNvidia ? "Initialize LXC: The NVIDIA container tools couldn't be found" : undefined;
}
