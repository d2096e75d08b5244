import type { Call } from '../http/call.js';
import { byName, listed, type Item } from '../http/collection.js';
import { etag } from '../http/etag.js';
import { sync } from '../http/reply.js';
import type { Route } from '../http/router.js';
import { guarded, printed } from './fields.js';
import type { Kind } from './kind.js';
import type { Place } from './place.js';
import { create, nameOf, placeOf, remove, rename, update } from './writes.js';

/** The things of a place as its list has them. */
export function itemsOf(place: Place): Item[] {
  const { kind, shelf, product } = place;
  const things = kind.order === 'name' ? byName(shelf.values()) : [...shelf.values()];
  const project = kind.list?.plain ? 'default' : place.project.name;
  return things.map((thing) => ({
    url: product.url(project, place.path(thing.name)),
    json: () => printed(place, thing),
  }));
}

/** The answer to the GET of a list. */
export function answerList(call: Call, kind: Kind, items: Item[]): Response {
  const { badFilter = call.product.typedFilter ? 400 : undefined, none } = kind.list ?? {};
  const kept = listed(call, items, badFilter);
  return sync(kept.length === 0 && items.length > 0 && none === null ? null : kept);
}

function read(call: Call, kind: Kind): Response {
  const place = placeOf(call, kind);
  const thing = place.find(nameOf(call, kind));
  return sync(printed(place, thing), etag(guarded(kind, thing)));
}

/** What a kind answers to, by its declaration. */
export function routesOf(kind: Kind): Route[] {
  const below = Object.entries(kind.reads ?? {}).map(([part, look]): Route => ({
    path: `${kind.path}/${part}`,
    GET: (call) => sync(look(placeOf(call, kind), nameOf(call, kind))),
  }));
  return [
    {
      path: kind.path.slice(0, kind.path.lastIndexOf('/')),
      GET: (call) => answerList(call, kind, itemsOf(placeOf(call, kind))),
      POST: (call) => create(call, kind),
    },
    {
      path: kind.path,
      GET: (call) => read(call, kind),
      PUT: (call) => update(call, kind),
      PATCH: (call) => update(call, kind),
      ...(kind.bodies.rename !== undefined && { POST: (call: Call) => rename(call, kind) }),
      DELETE: (call) => remove(call, kind),
    },
    ...below,
  ];
}
