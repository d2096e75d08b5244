import type { Call } from '../http/call.js';
import { checkMatch } from '../http/etag.js';
import { created, done } from '../http/reply.js';
import { answer } from './answer.js';
import { changed, guarded, made, nameIn, shapeOf, stored } from './fields.js';
import { itemsProblem } from './items.js';
import type { Action, Kind, Says, Thing } from './kind.js';
import { invalid, Place, refusal } from './place.js';

/** The place that a request is about. */
export function placeOf(call: Call, kind: Kind, isList = false): Place {
  const place = Place.of(call.state, kind, call.params, call.projectName, isList);
  kind.admit?.(place, call.request.method, isList);
  return place;
}

/** The name at the end of the path of a request. */
export function nameOf(call: Call, { path }: Kind): string {
  return call.param(path.slice(path.lastIndexOf('{') + 1, -1));
}

function refuse(says: Says | undefined): void {
  if (says) throw refusal(says);
}

function check(place: Place, method: string, next: Thing, before?: Thing): void {
  const { kind } = place;
  const wrong = kind.check?.(next, place, before, method) ?? itemsProblem(place, next);
  refuse(typeof wrong === 'string' ? invalid(kind, before === undefined, wrong) : wrong);
}

/** POST to the list. */
export async function create(call: Call, kind: Kind): Promise<Response> {
  const place = placeOf(call, kind, true);
  const body = await call.body<Thing>(shapeOf(kind, 'create'));
  const asked = (body[nameIn(kind)] as string | undefined) || (kind.nameless?.(place) ?? '');
  refuse(place.nameProblem(asked, 'create'));
  const name = kind.spelt?.(asked) ?? asked;
  const next = made(kind, name, body);
  refuse(kind.precheck?.(next, place));
  return answer(place, {
    ...{ action: 'create', method: 'POST', name },
    run() {
      if (place.shelf.has(name)) throw refusal(kind.texts.exists(name, place));
      kind.settle?.(next, place, undefined, body, false);
      check(place, 'POST', next);
      place.shelf.set(name, stored(kind, next));
      place.tell('create', name);
    },
    ...(kind.tells && { tells: [kind.tells[0], () => kind.tells?.[1](place.find(name), place)] as const }),
    done: () =>
      place.habits.hidesLocation
        ? done()
        : created(kind.locatedAt?.(name, place) ?? place.url(name), kind.tells?.[1](place.find(name), place)),
  });
}

/** PUT and PATCH. */
export async function update(call: Call, kind: Kind): Promise<Response> {
  const { method } = call.request;
  const place = placeOf(call, kind);
  const name = nameOf(call, kind);
  const early = method === 'PUT' && kind.putFirst ? await bodyOf(call, place) : undefined;
  if (early) refuse(kind.putFirst?.(early));
  const thing = place.find(name, method);
  if (!place.habits.ignoresMatch) checkMatch(call.request.headers, guarded(place, thing));
  const body = early ?? (await bodyOf(call, place));
  const next = changed(kind, thing, body, method === 'PATCH');
  return answer(place, {
    ...{ action: 'update', method, name },
    run() {
      kind.settle?.(next, place, thing, body, method === 'PATCH');
      check(place, method, next, thing);
      Object.assign(thing, stored(kind, next));
      place.tell('update', name);
    },
    done,
  });
}

/** The body of a PUT or PATCH. */
async function bodyOf(call: Call, { kind, habits }: Place): Promise<Partial<Thing>> {
  const shape = shapeOf(kind, 'write');
  if (call.request.method === 'PUT' || !habits.readsAnyPatch) return call.body<Thing>(shape);
  return habits.readsAnyPatch === 'texts' ? call.texts<Thing>(shape) : call.patch<Thing>(shape);
}

/** POST to a thing: another name for it. */
export async function rename(call: Call, kind: Kind): Promise<Response> {
  const place = placeOf(call, kind);
  const oldName = nameOf(call, kind);
  const { exists, lost } = kind.texts;
  refuse(kind.forbid?.('rename', oldName, place));
  if (!lost) place.find(oldName, 'POST');
  const { name = '' } = await call.body<Thing>(shapeOf(kind, 'rename'));
  refuse(place.nameProblem(name, 'rename'));
  return answer(place, {
    ...{ action: 'rename', method: 'POST', name, oldName },
    run() {
      if (!place.shelf.has(oldName))
        throw lost ? refusal(lost(oldName, place)) : place.missing(oldName, 'POST');
      if (place.shelf.has(name)) {
        const says = kind.texts.taken ? kind.texts.taken(name, oldName, place) : exists(name, place);
        refuse(says);
      }
      spare(place, oldName, 'rename');
      place.move(oldName, name);
      place.tell('rename', name, { old_name: oldName });
    },
    done: () => (place.habits.renamesPlainly ? done() : created(place.url(name))),
  });
}

/** DELETE. */
export function remove(call: Call, kind: Kind): Response {
  const place = placeOf(call, kind);
  const name = nameOf(call, kind);
  place.find(name, 'DELETE');
  return answer(place, {
    ...{ action: 'delete', method: 'DELETE', name },
    run() {
      spare(place, name, 'delete');
      place.remove(name);
      place.tell('delete', name);
    },
    done,
  });
}

/** Refuses what must not be done to a thing, such as one that is used. */
function spare(place: Place, name: string, action: Action): void {
  const { kind } = place;
  refuse(kind.forbid?.(action, name, place));
  const says = kind.texts.used?.(action);
  if (says && kind.users?.(place.find(name), place)?.length) refuse(says);
}
