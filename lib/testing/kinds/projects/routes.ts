import type { Call } from '../../http/call.js';
import { byName, listed } from '../../http/collection.js';
import { etag } from '../../http/etag.js';
import { sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { sorted } from '../../state/maps.js';
import type { ProjectRecord } from './project.js';

/** What a project has for itself, in the default one and in the others: the fake's are all as new ones are. */
const quirks = {
  lxd: { always: ['images', 'profiles', 'storage.volumes'], byDefault: ['networks'] },
  incus: {
    always: ['images', 'profiles', 'storage.buckets', 'storage.volumes'],
    byDefault: ['networks', 'networks.zones'],
  },
};

function projectJson({ product }: Call, project: ProjectRecord) {
  const isDefault = project.name === 'default';
  const { always, byDefault } = quirks[product.name];
  const features = [...always, ...(isDefault ? byDefault : [])].map((name) => [`features.${name}`, 'true']);
  const used = (['instances', 'profiles', 'images'] as const).flatMap((kind) =>
    [...project[kind].keys()].map((key) => product.url(project.name, [kind, key])),
  );
  return {
    config: sorted(Object.fromEntries(features) as Record<string, string>),
    description: isDefault ? `Default ${product.title} project` : '',
    name: project.name,
    used_by: used,
  };
}

/** Projects, which the fake only shows: `server.addProject()` makes one. */
export const projectRoutes: Route[] = [
  {
    path: '/1.0/projects',
    GET(call) {
      const items = byName(call.state.projects.values()).map((project) => ({
        url: `/1.0/projects/${encodeURIComponent(project.name)}`,
        json: () => projectJson(call, project),
      }));
      return sync(listed(call, items, call.product.typedFilter ? 400 : undefined));
    },
  },
  {
    path: '/1.0/projects/{name}',
    GET(call) {
      const json = projectJson(call, call.state.project(call.param('name')));
      return sync(json, etag([json.description, json.config]));
    },
  },
];
