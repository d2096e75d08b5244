import type { Call } from '../http/call.js';
import { checkMatch } from '../http/etag.js';
import { created, done } from '../http/reply.js';
import { changed, guarded, made, shapeOf, stored } from '../kind/fields.js';
import type { Kind, Says, Thing } from '../kind/kind.js';
import { refusal, type Place } from '../kind/place.js';
import { create, nameOf, placeOf, rename, update } from '../kind/writes.js';
import { dict, sorted, withoutEmpty, type StringMap } from '../state/maps.js';
import type { ProductName } from '../products/product.js';
import { Refusal } from '../state/refusal.js';
import type { MemberRecord } from './records.js';

/** What a network or a pool has beside what one has on a server that is alone. */
export interface Parted {
  /** Where it was defined, with what of its config is the member's own; undefined, if it is the same on all. */
  parts?: Map<MemberRecord, StringMap> | undefined;
  /** Is it there on all members? */
  isPending?: boolean | undefined;
}

/** How a kind of things says no whose parts are made first, one on each member. */
export interface PartTexts {
  /** The keys of the config that each member has its own of. */
  ownKeys: RegExp;
  /** What says of what a thing is: it must be the same on all. */
  type: 'type' | 'driver';
  twice(name: string, member: string, product: ProductName): Says;
  unknownType?(asked: string): Says | undefined;
  otherType: string;
  otherTypeAtLast(asked: string, is: string): string;
  notPending: string;
  undefinedYet: string;
  undefinedOn(members: string): string;
  created: string;
  common(key: string): Says;
  commonLater(key: string): string;
  early: string;
  /** Is the description that of the first part, of none, or of the last request? */
  described(product: ProductName): 'first' | 'never' | 'last';
  rename?: Says;
}

type Part = Thing & Parted & { config: StringMap; description: string };

const specific = (key: string): string => `Config key "${key}" is cluster member specific`;

/** The requests that make such a thing and change it. */
export function partHandlers(texts: PartTexts) {
  return {
    list: {
      POST: async (call: Call, kind: Kind) => {
        if (!call.state.cluster) return create(call, kind);
        return call.target.query.get('target') ? define(call, kind, texts) : complete(call, kind, texts);
      },
    },
    one: {
      PUT: async (call: Call, kind: Kind) => write(call, kind, texts),
      PATCH: async (call: Call, kind: Kind) => write(call, kind, texts),
    },
    /** A network cannot be renamed there; a pool never. */
    rename: async (call: Call, kind: Kind) => {
      placeOf(call, kind).find(nameOf(call, kind), 'POST');
      if (call.state.cluster && texts.rename) throw refusal(texts.rename);
      return rename(call, kind);
    },
  };
}

async function bodyOf(call: Call, kind: Kind): Promise<{ place: Place; name: string; body: Partial<Thing> }> {
  const place = placeOf(call, kind, true);
  const body = await call.body<Thing>(shapeOf(kind, 'create'));
  const name = body.name ?? '';
  const wrong = place.nameProblem(name, 'create') ?? kind.precheck?.({ ...body, name }, place);
  if (wrong) throw refusal(wrong);
  return { place, name, body };
}

/** The first phase: what one member is to have of it. */
async function define(call: Call, kind: Kind, texts: PartTexts): Promise<Response> {
  const { place, name, body } = await bodyOf(call, kind);
  const member = call.state.cluster?.member(call.target.query.get('target') ?? '');
  if (!member) return create(call, kind);
  const config = dict(body.config as StringMap | undefined);
  for (const key of Object.keys(config)) if (!texts.ownKeys.test(key)) throw refusal(texts.common(key));
  const before = place.shelf.get(name) as Part | undefined;
  if (before?.isPending === false || (before && !before.parts)) throw new Refusal(500, texts.notPending);
  if (before?.parts?.has(member)) throw refusal(texts.twice(name, member.name, call.product.name));
  const { type } = texts;
  const asked = (body[type] as string | undefined) || (type === 'type' ? 'bridge' : 'dir');
  const unknown = texts.unknownType?.(asked);
  if (unknown) throw refusal(unknown);
  if (before && before[type] !== asked) throw new Refusal(500, texts.otherType);
  const description =
    texts.described(call.product.name) === 'first' ? (body.description as string | undefined) : '';
  const part =
    before ??
    ({
      ...made(kind, name, { ...body, [type]: asked, config: {}, description }),
      parts: new Map(),
      isPending: true,
    } as unknown as Part);
  part.parts?.set(member, withoutEmpty(config));
  place.shelf.set(name, part);
  return created(place.url(name));
}

/** The second phase: what all have in common, and then it is there. */
async function complete(call: Call, kind: Kind, texts: PartTexts): Promise<Response> {
  const { place, name, body } = await bodyOf(call, kind);
  const before = place.shelf.get(name) as Part | undefined;
  if (!before) throw new Refusal(500, texts.undefinedYet);
  if (!before.isPending) throw new Refusal(500, texts.created);
  const { type } = texts;
  const missing = [...(call.state.cluster?.members.values() ?? [])].filter((one) => !before.parts?.has(one));
  if (missing.length > 0)
    throw new Refusal(500, texts.undefinedOn(missing.map((member) => member.name).join(', ')));
  const asked = body[type] as string | undefined;
  if (asked && asked !== before[type])
    throw new Refusal(500, texts.otherTypeAtLast(asked, before[type] as string));
  const config = dict(body.config as StringMap | undefined);
  for (const key of Object.keys(config)) if (texts.ownKeys.test(key)) throw new Refusal(500, specific(key));
  const description =
    texts.described(call.product.name) === 'last'
      ? (body.description as string | undefined)
      : before.description;
  const next = {
    ...made(kind, name, { ...body, [type]: before[type], config, description }),
    parts: before.parts,
  };
  kind.settle?.(next, place, undefined, body, false);
  const wrong = kind.check?.(next, place, undefined, 'POST');
  if (wrong) throw typeof wrong === 'string' ? new Refusal(500, wrong) : refusal(wrong);
  const all = stored(kind, next) as Part;
  for (const key of Object.keys(all.config)) if (texts.ownKeys.test(key)) delete all.config[key];
  place.shelf.set(name, { ...all, parts: before.parts, isPending: false });
  place.tell('create', name);
  return created(place.url(name));
}

/** PUT and PATCH: with a target of what that member has of it, otherwise of what is common. */
async function write(call: Call, kind: Kind, texts: PartTexts): Promise<Response> {
  if (!call.state.cluster) return update(call, kind);
  const { method } = call.request;
  const place = placeOf(call, kind);
  const thing = place.find(nameOf(call, kind), method) as Part;
  const body = await call.body<Part>(shapeOf(kind, 'write'));
  const config = dict(body.config);
  if (!place.isTargeted) {
    if (thing.isPending) throw new Refusal(400, texts.early);
    const own = Object.keys(config).find((key) => texts.ownKeys.test(key));
    if (own !== undefined) throw new Refusal(400, specific(own));
    return update(call, kind);
  }
  if (!place.habits.ignoresMatch) checkMatch(call.request.headers, guarded(place, thing));
  for (const key of Object.keys(config))
    if (!texts.ownKeys.test(key) && config[key] !== thing.config[key])
      throw new Refusal(400, texts.commonLater(key));
  const { here } = call.state;
  const isPatch = method === 'PATCH';
  const own = dict(isPatch && here ? thing.parts?.get(here) : undefined);
  for (const key of Object.keys(config)) if (texts.ownKeys.test(key)) own[key] = config[key] ?? '';
  if (here) thing.parts?.set(here, withoutEmpty(own));
  const next = changed(kind, thing, { ...body, config: thing.config }, isPatch);
  thing.description = (next as Part).description;
  place.tell('update', thing.name);
  return done();
}

/** What the config shows: with a target, what that member has of its own, too. */
export function shownConfig<T extends Parted & { config: StringMap }>(
  { parts, config }: T,
  { state, isTargeted }: Place<T>,
): StringMap {
  return sorted(dict(config, isTargeted && state.here ? parts?.get(state.here) : undefined));
}

/** `Pending`, as long as not all members have it; of a member that has none of it, `Unknown`. */
export function statusOf<T extends Parted>({ parts, isPending }: T, { state, isTargeted }: Place<T>): string {
  if (!isPending) return 'Created';
  return isTargeted && state.here && !parts?.has(state.here) ? 'Unknown' : 'Pending';
}

/** The members that have it. */
export function locationsOf<T extends Parted>({ parts }: T, { state }: Place<T>): string[] {
  const members = parts?.keys() ?? state.cluster?.members.values();
  return members ? [...members].map(({ name }) => name) : ['none'];
}

/** A thing as the member has it that is at work. */
export function wholeOf<T extends Parted & { config: StringMap }>(thing: T, { state }: Place<T>): T {
  const own = state.here && thing.parts?.get(state.here);
  return own ? { ...thing, config: dict(thing.config, own) } : thing;
}
