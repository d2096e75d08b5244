import type { Call } from '../http/call.js';
import { allProjects, byName, flag, listed, type Item } from '../http/collection.js';
import { etag } from '../http/etag.js';
import { sync } from '../http/reply.js';
import type { Route } from '../http/router.js';
import { guarded, printed } from './fields.js';
import type { Kind, KindHandler } from './kind.js';
import { Place, refusal } from './place.js';
import { create, nameOf, placeOf, remove, rename, update } from './writes.js';

/** The things of a place as its list has them. */
export function itemsOf(place: Place): Item[] {
  const { kind, shelf, product } = place;
  const own = kind.order === 'name' ? byName(shelf.values()) : [...shelf.values()];
  const things = [...own, ...(kind.beside?.(place) ?? [])];
  const project = place.habits.listsPlainly ? 'default' : place.project.name;
  return things.map((thing) => ({
    url: product.url(project, place.path(thing.name)),
    json: () => kind.inList?.(printed(place, thing), place) ?? printed(place, thing),
  }));
}

/** The answer to the GET of a list. */
export function answerList(call: Call, { habits }: Place, items: Item[]): Response {
  const { badFilter = call.product.typedFilter ? 400 : 'ignored', noneFits } = habits;
  const kept = listed(call, items, badFilter === 'ignored' ? undefined : badFilter);
  return sync(kept.length === 0 && items.length > 0 && noneFits === null ? null : kept);
}

function list(call: Call, kind: Kind): Response {
  const spans = call.product.extensions.includes(kind.spansProjects ?? '');
  if (spans && flag(call, 'all-projects')) {
    const seesAll = kind.showsBeside === 'all' && call.product.name === 'incus';
    const own = allProjects(call, kind.showsBeside === 'default');
    const names = seesAll ? [...call.state.projects.keys()] : own;
    const places = Place.all(call.state, kind, call.params, names);
    return answerList(call, places[0] ?? placeOf(call, kind, true), places.flatMap(itemsOf));
  }
  const place = placeOf(call, kind, true);
  return answerList(call, place, itemsOf(place));
}

/** GET of one thing. */
export function read(call: Call, kind: Kind): Response {
  const place = placeOf(call, kind);
  const name = nameOf(call, kind);
  const thing = kind.beside?.(place).find((one) => one.name === name) ?? place.find(name);
  if (kind.shown && call.isGuest && !kind.shown(thing, place)) throw place.missing(thing.name, 'GET');
  return sync(printed(place, thing), place.habits.hidesETag ? undefined : etag(guarded(place, thing)));
}

function route(
  kind: Kind,
  path: string,
  handlers: Readonly<Record<string, KindHandler>>,
  guests = false,
): Route {
  const bound = Object.entries(handlers).map(([method, handler]) => [
    method,
    (call: Call) => handler(call, kind),
  ]);
  return { path, guests, ...(Object.fromEntries(bound) as Omit<Route, 'path'>) };
}

/** What a kind answers to, by its declaration. */
export function routesOf(kind: Kind): Route[] {
  const below = Object.entries(kind.reads ?? {}).map(([part, look]): Route => ({
    path: `${kind.path}/${part}`,
    GET(call) {
      const place = placeOf(call, kind);
      const name = nameOf(call, kind);
      if (typeof look === 'function') return sync(look(place, name));
      place.find(name);
      throw refusal(look);
    },
  }));
  const { list: ofList, one, more = {} } = kind.handlers ?? {};
  const all = {
    ...{ GET: read, DELETE: remove },
    ...(kind.bodies.write !== undefined && { PUT: update, PATCH: update }),
    ...(kind.bodies.rename !== undefined && { POST: rename }),
    ...one,
  };
  const path = kind.hasSlashes ? kind.path.replace(/\}$/, '*}') : kind.path;
  return [
    route(kind, kind.path.slice(0, kind.path.lastIndexOf('/')), { GET: list, POST: create, ...ofList }),
    route(kind, path, all, kind.shown !== undefined),
    ...Object.entries(more).map(([path, handlers]) => route(kind, path, handlers)),
    ...below,
  ];
}
