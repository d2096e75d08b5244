import type { Change } from './diff.js';
import { copy, emptyMap, isMap, own, unionKeys, type Json, type JsonMap } from './json.js';

/** How a key of a map is taken away by a merging write: with an empty text, with null, or not at all. */
export type Unset = 'empty' | 'null' | 'replace';

/** What a kind of thing on a kind of server does with a write. Data, with the reason beside each entry. */
export interface WriteRules {
  /** Whether parts can be written (PATCH); otherwise every save writes the whole. */
  partial: boolean;
  /** Fields that a partial write ignores. */
  replaceOnly?: readonly string[] | undefined;
  /** Fields that a partial write resets when it leaves them out. */
  resend?: readonly string[] | undefined;
  /** For each map: how a partial write takes a key away. */
  unset?: Readonly<Record<string, Unset>> | undefined;
  /** Maps in which an empty text is the same as no key, at any depth. */
  emptyIsUnset?: readonly string[] | undefined;
  /** Keys that a replacing write keeps when it leaves them out; it has to send them as empty texts. */
  keptUnlessEmptied?: { field: string; keys: RegExp } | undefined;
  /** Fields whose change does not change the version: they are read and compared before a write. */
  unversioned?: readonly string[] | undefined;
  /** The server takes no version at all: everything is read and compared before a write. */
  versionIgnored?: boolean | undefined;
  /**
   * The server compares the version and writes in two steps, so that of several writers with one version all but the last
   * are wiped without an error: after a write it is looked whether it is still there. `when met`: so seldom, and only on
   * a busy machine, that only a save which was refused at first is worth it.
   */
  checkedLoosely?: boolean | 'when met' | undefined;
  /** Maps that each partial write must have, empty if need be: without it the server drops the connection. */
  always?: readonly string[] | undefined;
  /** Keys of `config` that the server changes by itself. */
  serverOwned?: RegExp | undefined;
  /** Keys of `config` that a write must bring back as they are, or the server refuses or loses them. */
  kept?: RegExp | undefined;
  /** For each field: values, or for a map values of its keys, in place of which the server stores its own: `auto`. */
  filledIn?: Readonly<Record<string, RegExp>> | undefined;
  /** Refusals that only mean that another write to the same thing is under way. */
  busy?: RegExp | undefined;
}

/** The write that makes `mine` of what the server has. */
export interface Plan {
  mode: 'merge' | 'replace';
  body: JsonMap;
}

/**
 * The smallest write with exactly the effect of the changes: a merge of the changed keys where the rules can say all of
 * them that way, else a replacement of the whole writable object with everything unknown kept.
 */
export function planWrite(
  rules: WriteRules,
  theirs: JsonMap,
  mine: JsonMap,
  changes: readonly Change[],
): Plan {
  const body = rules.partial ? partialBody(rules, mine, changes) : undefined;
  if (!body) return { mode: 'replace', body: wholeBody(rules, mine, changes) };
  for (const field of rules.resend ?? []) {
    const value = own(mine, field) ?? own(theirs, field);
    if (!Object.hasOwn(body, field) && value !== undefined) body[field] = value;
  }
  for (const field of rules.always ?? []) body[field] ??= emptyMap();
  return { mode: 'merge', body };
}

function wholeBody(rules: WriteRules, mine: JsonMap, changes: readonly Change[]): JsonMap {
  const { field = '', keys } = rules.keptUnlessEmptied ?? {};
  const map = own(mine, field);
  if (!keys || !isMap(map)) return mine;
  const gone = changes.flatMap(({ path: [changed, key = ''], to }) =>
    changed === field && to === undefined && keys.test(key) ? [key] : [],
  );
  if (gone.length === 0) return mine;
  const emptied = copy(map) as JsonMap;
  for (const key of gone) emptied[key] = '';
  const whole = emptyMap();
  for (const wire of Object.keys(mine)) whole[wire] = wire === field ? emptied : mine[wire];
  return whole;
}

function partialBody(rules: WriteRules, mine: JsonMap, changes: readonly Change[]): JsonMap | undefined {
  const body = emptyMap();
  for (const { path, from, to } of changes) {
    const [field = '', key] = path;
    if (rules.replaceOnly?.includes(field)) return undefined;
    const whole = own(mine, field);
    if (Array.isArray(whole) || (key === undefined && !(isMap(whole) || isMap(from) || isMap(to)))) {
      body[field] = whole;
      continue;
    }
    const part = isMap(body[field]) ? body[field] : (body[field] = emptyMap());
    const keys = key === undefined ? unionKeys(...[from, whole].map(asMap)) : [key];
    for (const name of keys) {
      // A map's entries are merged at the top level alone, so a changed device goes as a whole.
      const value = own(asMap(whole), name) ?? unsetValue(rules, field);
      if (value === undefined) return undefined;
      part[name] = value;
    }
  }
  return body;
}

function asMap(value: unknown): JsonMap | undefined {
  return isMap(value) ? value : undefined;
}

function unsetValue(rules: WriteRules, field: string): Json {
  const unset = rules.unset?.[field] ?? 'replace';
  if (unset === 'empty') return '';
  return unset === 'null' ? null : undefined;
}

/** Whether the server stores something else than what a change says. A key that is taken away counts as an empty text. */
export function isFilledIn({ filledIn }: WriteRules, changes: readonly Change[]): boolean {
  return changes.some(({ path: [field = ''], to }) => {
    const values = isMap(to) ? Object.values(to) : [to ?? ''];
    return values.some((value) => typeof value === 'string' && filledIn?.[field]?.test(value));
  });
}
