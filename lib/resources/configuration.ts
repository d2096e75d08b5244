import { isMap, type Json } from '../orm/index.js';

/** The server's description of a config key, in Markdown. What the server does not tell is undefined. */
export interface ConfigurationKey {
  /** `limits.cpu`; parts that the user names are written as the server has them: `user.*`, `peers.NAME.address`. */
  key: string;
  /** The heading that it is under, such as `resource-limits`. A key can be under several. */
  group: string;
  /** `string`, `bool`, `integer`, …; the servers have no fixed list. */
  type: string | undefined;
  description: string | undefined;
  longDescription: string | undefined;
  /** The default: a value, or a sentence about it. */
  default: string | undefined;
  /** Whether it takes effect without a restart: `yes`, `no`, or when. */
  liveUpdate: string | undefined;
  /** What it applies to, such as `container`. */
  condition: string | undefined;
  /** `global` for a cluster, `local` for each of its members. */
  scope: string | undefined;
  /** Whether there must be one: `yes`, `no`, or when. */
  required: string | undefined;
  /** Whether the server sets it itself: `yes` or `no`. */
  managed: string | undefined;
}

/**
 * The config keys that a server knows, by what they are of, which is named otherwise from product to product: `instance`,
 * `server`, `project`, `network-bridge` (LXD) or `network_bridge` (Incus), …
 */
export type ServerConfiguration = Record<string, ConfigurationKey[]>;

/** The same out of `configs.<entity>.<group>.keys`, lists of objects of one key each; what is otherwise is left out. */
export function configurationFrom(configs: unknown): ServerConfiguration {
  const found = Object.create(null) as ServerConfiguration; // an entity can have any name
  for (const [entity, groups] of entriesOf(configs))
    found[entity] = entriesOf(groups).flatMap(([group, of]) => keysOf(group, of));
  return found;
}

function keysOf(group: string, of: unknown): ConfigurationKey[] {
  const list: unknown = isMap(of) ? of.keys : undefined;
  if (!Array.isArray(list)) return [];
  return list.flatMap((item) =>
    entriesOf(item).flatMap(([key, said]) => (isMap(said) ? keyFrom(key, group, said) : [])),
  );
}

function keyFrom(key: string, group: string, said: Readonly<Record<string, Json>>): ConfigurationKey {
  return {
    key,
    group,
    type: textOf(said.type),
    description: textOf(said.shortdesc),
    longDescription: textOf(said.longdesc),
    default: valueOf(textOf(said.default) ?? textOf(said.defaultdesc)),
    liveUpdate: textOf(said.liveupdate),
    condition: textOf(said.condition),
    scope: textOf(said.scope),
    required: textOf(said.required),
    managed: textOf(said.managed),
  };
}

function entriesOf(value: unknown): [string, unknown][] {
  return isMap(value) ? Object.entries(value) : [];
}

/** They write nothing in several ways. */
function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' && value !== '-' ? value : undefined;
}

/** A value alone is in backticks: `` `true` ``; prose with values in it stays as it is. */
function valueOf(text: string | undefined): string | undefined {
  return text?.replace(/^`([^`]*)`$/, '$1');
}
