import { flag } from '../../http/collection.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { Says } from '../../kind/kind.js';
import type { Shelves } from '../../kind/shelves.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { certificatesOf } from '../certificates/store.js';
import { entityTypes } from './entity-types.js';
import { groupsOf, identitiesOf, type KeptPermission, type Permission } from './records.js';

/** A thing that something can be allowed of. */
interface Entity {
  type: string;
  url: string;
  project?: string;
  /** What is kept of it, which stays the same when it is renamed. */
  thing: object;
}

/** The type of a URL's path, by the paths of all types. */
function typeOf(path: string): string | undefined {
  const parts = path.split('/').slice(2);
  const fits = (pattern: string) => {
    const wanted = pattern === '' ? [] : pattern.split('/');
    return wanted.length === parts.length && wanted.every((one, at) => one === '{}' || one === parts[at]);
  };
  return Object.keys(entityTypes).find((type) => fits(entityTypes[type]!.path));
}

function urlOf(path: readonly string[], project?: string): string {
  const text = ['/1.0', ...path.map(encodeURIComponent)].join('/');
  return project === undefined ? text : `${text}?project=${encodeURIComponent(project)}`;
}

/** All that something can be allowed of. */
function entitiesOf(state: State): Entity[] {
  const onShelves = (shelves: Shelves): [string[], object][] =>
    shelves
      .all()
      .flatMap(([path, shelf]) => [...shelf].map(([name, thing]) => at([...path, name], thing as object)));
  const ofServer = [
    at([], state),
    ...[...state.projects].map(([name, project]) => at(['projects', name], project)),
    ...[...certificatesOf(state)].map(([fingerprint, one]) => at(['certificates', fingerprint], one)),
    ...identitiesOf(state).map((one) => at(['auth', 'identities', one.method, one.id], one)),
    ...onShelves(state.shelves),
  ].map(([path, thing]) => ({ path, thing, project: undefined }));
  const ofProjects = [...state.projects].flatMap(([project, { shelves }]) =>
    onShelves(shelves).map(([path, thing]) => ({ path, thing, project })),
  );
  return [...ofServer, ...ofProjects].flatMap(({ path, thing, project }): Entity[] => {
    const type = typeOf(urlOf(path));
    if (type === undefined) return [];
    const own = project ?? (type === 'project' ? path[1] : undefined);
    return [{ type, thing, url: urlOf(path, project), ...(own !== undefined && { project: own }) }];
  });
}

function at(path: string[], thing: object): [path: string[], thing: object] {
  return [path, thing];
}

/** Permissions as the server keeps them: with the things, and the project that is meant without one. */
export function settled(state: State, all: readonly Partial<Permission>[]): KeptPermission[] {
  const things = new Map(entitiesOf(state).map(({ url, thing }) => [url, thing]));
  return all.map(({ entity_type = '', url: said = '', entitlement = '' }) => {
    const isBare = entityTypes[entity_type]?.ofProject && !/[?&]project=/.test(said);
    const url = isBare ? `${said.replace(/\?.*$/, '')}?project=default` : said;
    return { entity_type, url, entitlement, thing: things.get(url) };
  });
}

/** Permissions as the server prints them: with where the things are now, and without those of what is gone. */
export function present(state: State, all: readonly KeptPermission[]): Permission[] {
  const urls = new Map<object | undefined, string>(entitiesOf(state).map(({ thing, url }) => [thing, url]));
  return all.flatMap(({ entity_type, entitlement, thing }) => {
    const url = urls.get(thing);
    return url === undefined ? [] : [{ entity_type, url, entitlement }];
  });
}

/** What is said of a permission that cannot be given. */
export function permissionProblem(permission: KeptPermission): Says | undefined {
  const { entity_type: type, url, entitlement, thing } = permission;
  const about = `permission with entity reference "${url}" and entitlement "${entitlement}"`;
  const known = entityTypes[type];
  if (!known) return [400, `Failed validating entity type for ${about}: Unknown entity type "${type}"`];
  const path = url.replace(/\?.*$/, '');
  if (!/^\/1\.0(\/|$)/.test(path))
    return [400, `Failed parsing ${about}: URL "${url}" does not contain LXD API version`];
  const named = typeOf(path);
  if (named === undefined) return [400, `Failed parsing ${about}: Failed matching entity URL "${url}"`];
  if (named !== type)
    return [400, `Failed parsing ${about}: Entity type does not correspond to entity reference`];
  if (!known.entitlements.includes(entitlement)) {
    const why = `Entitlement "${entitlement}" not valid for entity type "${type}"`;
    return [400, `Failed validating group ${about}: ${why}`];
  }
  if (thing !== undefined) return undefined;
  return [400, `Could not resolve permission URLs: No such entity "${url}"`];
}

export const permissionRoutes: Route[] = [
  {
    path: '/1.0/auth/permissions',
    extension: 'access_management',
    GET(call) {
      const { query } = call.target;
      const [type, project] = [query.get('entity-type'), query.get('project')];
      if (type && !entityTypes[type]) {
        const why = `Unknown entity type "${type}"`;
        throw new Refusal(400, `Invalid \`entity-type\` query parameter "${type}": ${why}`);
      }
      if (project) call.state.project(project);
      const groups = [...groupsOf(call.state).values()].map(({ name, permissions }) => {
        return { name, texts: new Set(present(call.state, permissions).map(textOf)) };
      });
      const all = entitiesOf(call.state)
        .filter((one) => (!type || one.type === type) && (!project || one.project === project))
        .flatMap(({ type: entity_type, url }) =>
          entityTypes[entity_type]!.entitlements.map((entitlement) => ({ entity_type, url, entitlement })),
        )
        .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
      if (!flag(call, 'recursion')) return sync(all.length > 0 ? all : null);
      const told = all.map((one) => {
        const names = groups.filter(({ texts }) => texts.has(textOf(one))).map(({ name }) => name);
        return { ...one, groups: names.length > 0 ? names : null };
      });
      return sync(told.length > 0 ? told : null);
    },
  },
];

/** In the order in which they are listed. */
export function textOf({ entity_type, url, entitlement }: Permission): string {
  return `${entity_type}\0${url}\0${entitlement}`;
}
