import { flag } from '../../http/collection.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import type { Says } from '../../kind/kind.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';
import { certificatesOf } from '../certificates/store.js';
import { entityTypes } from './entity-types.js';
import { groupsOf, identitiesOf, type Permission } from './records.js';

/** A thing that something can be allowed of. */
interface Entity {
  type: string;
  url: string;
  project?: string;
}

/** The type of a URL's path, by the paths of all types. */
function typeOf(path: string): string | undefined {
  const parts = path.split('/').slice(2);
  const fits = (pattern: string) => {
    const wanted = pattern === '' ? [] : pattern.split('/');
    return wanted.length === parts.length && wanted.every((one, at) => one === '{}' || one === parts[at]);
  };
  const names = Object.keys(entityTypes).filter((type) => fits(entityTypes[type]!.path));
  return names.includes('image_alias') ? 'image_alias' : names[0]; // `images/aliases`… is no fingerprint
}

function urlOf(path: readonly string[], project?: string): string {
  const text = ['/1.0', ...path.map(encodeURIComponent)].join('/');
  return project === undefined ? text : `${text}?project=${encodeURIComponent(project)}`;
}

/** All that something can be allowed of. */
function entitiesOf(state: State): Entity[] {
  const projects = [...state.projects.keys()];
  const ofServer = [
    [],
    ...projects.map((name) => ['projects', name]),
    ...[...certificatesOf(state).keys()].map((fingerprint) => ['certificates', fingerprint]),
    ...identitiesOf(state).map(({ method, id }) => ['auth', 'identities', method, id]),
    ...state.shelves.all().flatMap(([path, shelf]) => [...shelf.keys()].map((name) => [...path, name])),
  ];
  const ofProjects = projects.flatMap((project) =>
    state
      .project(project)
      .shelves.all()
      .flatMap(([path, shelf]) => [...shelf.keys()].map((name) => ({ path: [...path, name], project }))),
  );
  const all = [...ofServer.map((path) => ({ path, project: undefined })), ...ofProjects];
  return all.flatMap(({ path, project }): Entity[] => {
    const type = typeOf(urlOf(path));
    if (type === undefined) return [];
    const own = project ?? (type === 'project' ? path[1] : undefined);
    return [{ type, url: urlOf(path, project), ...(own !== undefined && { project: own }) }];
  });
}

/** A permission as the server keeps it: with the project that is meant without one. */
export function settled({ entity_type = '', url = '', entitlement = '' }: Partial<Permission>): Permission {
  const isBare = entityTypes[entity_type]?.ofProject && !/[?&]project=/.test(url);
  return { entity_type, url: isBare ? `${url.replace(/\?.*$/, '')}?project=default` : url, entitlement };
}

/** What is said of a permission that cannot be given. */
export function permissionProblem(
  state: State,
  { entity_type: type, url, entitlement }: Permission,
): Says | undefined {
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
  if (entitiesOf(state).some((one) => one.url === url)) return undefined;
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
      const groups = [...groupsOf(call.state).values()];
      const all = entitiesOf(call.state)
        .filter((one) => (!type || one.type === type) && (!project || one.project === project))
        .flatMap(({ type: entity_type, url }) =>
          entityTypes[entity_type]!.entitlements.map((entitlement) => ({ entity_type, url, entitlement })),
        )
        .sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
      if (!flag(call, 'recursion')) return sync(all.length > 0 ? all : null);
      const having = (one: Permission) =>
        groups.filter(({ permissions }) => permissions.some((other) => textOf(other) === textOf(one)));
      const told = all.map((one) => {
        const names = having(one).map(({ name }) => name);
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
