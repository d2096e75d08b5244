import type { Call } from '../../http/call.js';
import { byName, flag, listed } from '../../http/collection.js';
import type { Shape } from '../../http/decode.js';
import { etag } from '../../http/etag.js';
import { created, done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { dict, sorted, sortedDevices, withoutEmpty } from '../../state/maps.js';
import type { ProfileRecord } from './records.js';
import type { ProjectRecord } from '../projects/project.js';
import { Refusal } from '../../state/refusal.js';
import { sourceUrl } from '../../state/source-url.js';
import {
  checkContent,
  find,
  guarded,
  mergeProfile,
  profilePut,
  projectOf,
  replaceProfile,
  users,
  type ProfileBody,
} from './content.js';

/** What is said of the names in a renaming. */
const quirks = {
  lxd: {
    taken: (name: string) => `Name "${name}" already in use`,
    missing: (_: string) => 'Query affected 0 rows instead of 1',
  },
  incus: {
    taken: (name: string) => `Profile "${name}" already exists`,
    missing: (name: string) => `Profile "${name}" doesn't exist`,
  },
};

const post: Shape = { type: 'ProfilesPost', fields: { ...profilePut.fields, name: 'string' } };
const rename: Shape = { type: 'ProfilePost', fields: { name: 'string' } };

function profileJson(call: Call, project: ProjectRecord, profile: ProfileRecord): object {
  const { name, description, config, devices } = profile;
  return {
    config: sorted(config),
    description,
    devices: sortedDevices(devices),
    name,
    used_by: users(project, name).map((instance) => sourceUrl(project.name, ['instances', instance.name])),
    ...(call.product.namesProject && { project: project.name }),
  };
}

function checkName(name: string): void {
  if (!name) throw new Refusal(400, 'No name provided');
  if (name.includes('/')) throw new Refusal(400, 'Profile names may not contain slashes');
  if (name === '.' || name === '..') throw new Refusal(400, `Invalid profile name "${name}"`);
}

function list(call: Call): Response {
  // It does not mind a project beside `all-projects`.
  const projects = flag(call, 'all-projects') ? [...call.state.projects.values()] : [projectOf(call)];
  const items = projects.flatMap((project) =>
    byName(project.profiles.values()).map((profile) => ({
      url: call.product.url(project.name, ['profiles', profile.name]),
      json: () => profileJson(call, project, profile),
    })),
  );
  // LXD 5.0 does not filter profiles.
  return sync(listed(call, items, call.product.typedFilter ? 400 : undefined));
}

async function create(call: Call): Promise<Response> {
  const project = projectOf(call);
  const body = await call.body<ProfileBody>(post);
  const { name = '', description = '', config = dict(), devices = dict() } = body;
  checkName(name);
  checkContent(call, 400, { config, devices });
  if (project.profiles.has(name)) {
    throw new Refusal(500, `Error inserting "${name}" into database: The profile already exists`);
  }
  project.profiles.set(name, { name, description, config: withoutEmpty(config), devices });
  call.state.lifecycle(project.name, 'profile-created', ['profiles', name]);
  return created(call.product.url(project.name, ['profiles', name]));
}

async function move(call: Call): Promise<Response> {
  const project = projectOf(call);
  const texts = quirks[call.product.name];
  const name = call.param('name');
  if (name === 'default') throw new Refusal(403, 'The "default" profile cannot be renamed');
  const { name: next = '' } = await call.body<ProfileBody>(rename);
  checkName(next);
  if (project.profiles.has(next)) throw new Refusal(500, texts.taken(next));
  const profile = project.profiles.get(name);
  if (!profile) throw new Refusal(500, texts.missing(name));
  for (const instance of users(project, name)) {
    instance.profiles = instance.profiles.map((used) => (used === name ? next : used));
  }
  project.profiles.delete(name);
  project.profiles.set(next, { ...profile, name: next });
  call.state.lifecycle(project.name, 'profile-renamed', ['profiles', next], { old_name: name });
  return created(call.product.url(project.name, ['profiles', next]));
}

function remove(call: Call): Response {
  const name = call.param('name');
  if (name === 'default') throw new Refusal(403, 'The "default" profile cannot be deleted');
  const { project } = find(call, 'Profile not found');
  if (users(project, name).length > 0) throw new Refusal(500, 'Profile is currently in use');
  project.profiles.delete(name);
  call.state.lifecycle(project.name, 'profile-deleted', ['profiles', name]);
  return done();
}

/** Profiles. */
export const profileRoutes: Route[] = [
  { path: '/1.0/profiles', GET: list, POST: create },
  {
    path: '/1.0/profiles/{name}',
    GET(call) {
      const { project, profile } = find(call, 'Fetch profile: Profile not found');
      return sync(profileJson(call, project, profile), etag(guarded(profile)));
    },
    PUT: replaceProfile,
    PATCH: mergeProfile,
    POST: move,
    DELETE: remove,
  },
];
