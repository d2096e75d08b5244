import { InvalidInputError } from '../../errors/index.js';
import { emptyMap, isMap, unionKeys, type Change, type JsonMap } from '../../orm/index.js';
import type { Product } from '../../connect/options.js';

/** A kind of which each cluster member has a part, with config of its own. */
export interface Parts {
  /** The config keys that are a member's own, of what is described so. */
  readonly keys: (described: Readonly<JsonMap>, product: Product | undefined) => RegExp;
  /** Why one that is described so has no parts, but is the same everywhere; undefined if it has. */
  readonly whole?: (described: Readonly<JsonMap>) => string | undefined;
}

const networkKeys = /^(?:(?:acceleration\.)?parent|bridge\.external_interfaces|bgp\.ipv[46]\.nexthop)$/;

/** Of networks. */
export const networkParts: Parts = {
  keys: () => networkKeys,
  whole: ({ type }) => (type === 'ovn' ? 'an OVN network is the same on all members' : undefined),
};

const poolKeys =
  /^(?:source(?:\.wipe|\.recover)?|size|zfs\.pool_name|lvm\.(?:thinpool|vg)_name|volatile\.initial_source)$/;
const poolKeysOfIncus = new RegExp(`${poolKeys.source}|^lvm\\.vg\\.force_reuse$`);
const clusterLvmKeys = /^(?!size$)/;

/** Of storage pools. */
export const poolParts: Parts = {
  keys: ({ driver }, product) => {
    const keys = product === 'incus' ? poolKeysOfIncus : poolKeys;
    // Its volume group is one for all, and so is its size.
    return driver === 'lvmcluster' ? new RegExp(`${clusterLvmKeys.source}(?:${keys.source})`) : keys;
  },
};

/** Whether it is of a cluster, by what the server says of it: of a single one it names no member. */
export function isOnMembers({ locations }: { readonly locations?: unknown }): boolean {
  return Array.isArray(locations) && locations.some((member) => member !== 'none');
}

/** A creation, with what each member gets of its own. */
export interface Split {
  /** What is the same on all of them. */
  common: JsonMap;
  own: Map<string, JsonMap>;
}

/**
 * Takes the keys that are a member's own out of a config, for each of the members, whose own values count more.
 * @throws InvalidInputError for members that are not those of the cluster
 */
export function split(
  config: Readonly<JsonMap>,
  keys: RegExp,
  names: readonly string[],
  members: Readonly<JsonMap> | undefined,
  where: string,
): Split {
  if (members) assertMembers(members, names, where);
  const [common, shared] = [emptyMap(), emptyMap()];
  for (const [key, value] of Object.entries(config)) (keys.test(key) ? shared : common)[key] = value;
  const own = names.map((name): [string, JsonMap] => {
    const given = members?.[name];
    return [name, Object.assign(emptyMap(), shared, isMap(given) ? given : undefined)];
  });
  return { common, own: new Map(own) };
}

/** @throws InvalidInputError */
function assertMembers(members: Readonly<JsonMap>, names: readonly string[], where: string): void {
  const unknown = Object.keys(members).find((name) => !names.includes(name));
  if (unknown !== undefined)
    throw new InvalidInputError(
      `${where}: the cluster has no member '${unknown}'; it has ${names.join(', ')}`,
    );
  const missing = names.filter((name) => members[name] === undefined);
  if (missing.length === 0) return;
  throw new InvalidInputError(
    `${where}: the cluster has ${missing.join(' and ')} as well; say what is different there, {} for nothing`,
  );
}

/**
 * Refuses edits of config that servers refuse where they are: what a member has of its own is read and saved with its
 * `target`, all else without one. @throws InvalidInputError, before anything is sent
 */
export function assertEditable(
  title: string,
  changes: readonly Change[],
  keys: RegExp,
  target: string | undefined,
): void {
  for (const {
    path: [field, key],
    from,
    to,
  } of changes) {
    if (field !== 'config') continue;
    const changed = key === undefined ? unionKeys(...[from, to].filter(isMap)) : [key];
    const odd = changed.find((name) => keys.test(name) === (target === undefined));
    if (odd === undefined) continue;
    throw new InvalidInputError(
      target === undefined
        ? `${title}: each cluster member has a config '${odd}' of its own: change that of get(name, { target: 'member' })`
        : `${title}: config '${odd}' is the same on all cluster members: change it without the target ${target}`,
    );
  }
}
