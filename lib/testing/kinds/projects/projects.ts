import { answer } from '../../kind/answer.js';
import type { Call } from '../../http/call.js';
import { done } from '../../http/reply.js';
import { shapeOf } from '../../kind/fields.js';
import { kind, type Kind, type Says } from '../../kind/kind.js';
import { nameOf, placeOf, remove } from '../../kind/writes.js';
import { Refusal } from '../../state/refusal.js';
import { flag } from '../../http/collection.js';
import { defaultProfile } from '../profiles/records.js';
import { poolsOf } from '../storage/shelves.js';
import { isEmpty, usedBy } from './contents.js';
import { emptied } from './empty.js';
import { assertNotLower, stateOf } from './limits.js';
import { projectConfigProblem } from './options.js';
import { features, type ProjectRecord } from './project.js';
import { isOn } from '../../state/maps.js';

/** What is said of a name in use, and of a project that is not empty. */
const quirks = {
  lxd: {
    exists: [409, 'This "projects" entry already exists'],
    full: 'Only empty projects can be removed',
  },
  incus: {
    exists: [500, 'Failed to create "projects" entry: UNIQUE constraint failed: projects.name'],
    full: 'Only empty projects can be removed.',
  },
} as const;

/** Features that a project may get that is not empty. */
const late = ['features.networks', 'features.networks.zones'];

const permanent = (done: string): Says => [403, `The 'default' project cannot be ${done}`];

function nameProblem(name: string): string | undefined {
  if (!name) return 'No name provided';
  const part = [
    ['/', 'slashes'],
    [' ', 'spaces'],
    ['_', 'underscores'],
    ["'", 'quotes'],
    ['"', 'quotes'],
  ].find(([one = '']) => name.includes(one));
  if (part) return `Project names may not contain ${part[1]}`;
  if (name === '*') return 'Reserved project name';
  return name === '.' || name === '..' ? `Invalid project name "${name}"` : undefined;
}

/** Which features another config would change, in their order. */
function changedFeatures(before: ProjectRecord, config: ProjectRecord['config']): [string, boolean][] {
  const keys = Object.keys({ ...before.config, ...config }).filter((key) => key.startsWith('features.'));
  return keys
    .sort()
    .flatMap((key) => (isOn(before.config[key]) === isOn(config[key]) ? [] : [[key, isOn(config[key])]]));
}

/** POST to one, where all is checked by the operation. */
async function rename(call: Call, self: Kind): Promise<Response> {
  const place = placeOf(call, self);
  const oldName = nameOf(call, self);
  if (oldName === 'default') throw new Refusal(...permanent('renamed'));
  const { name = '' } = await call.body<ProjectRecord>(shapeOf(self, 'rename'));
  const { projects } = call.state;
  return answer(place, {
    ...{ action: 'rename', method: 'POST', name, oldName, isInstant: true },
    run() {
      if (projects.has(name)) throw new Refusal(500, `A project named "${name}" already exists`);
      const project = call.state.project(oldName, `Failed loading project "${oldName}": Project not found`);
      if (!isEmpty(project, call.product)) throw new Refusal(500, 'Only empty projects can be renamed');
      const problem = nameProblem(name);
      if (problem) throw new Refusal(500, problem);
      place.move(oldName, name);
      place.tell('rename', name, { old_name: oldName });
    },
    done,
  });
}

/** DELETE, which can take all with it where the server has learnt that. */
function removeOne(call: Call, self: Kind): Response {
  const name = nameOf(call, self);
  if (name === 'default') throw new Refusal(...permanent('deleted'));
  const canForce = call.product.extensions.includes('projects_force_delete');
  const project = call.state.projects.get(name);
  if (project && canForce && flag(call, 'force')) emptied(call.state, project);
  return remove(call, self);
}

/** Projects. */
export const projects = kind<ProjectRecord>({
  path: '/1.0/projects/{name}',
  title: 'project',
  scope: 'server',
  bodies: { create: 'ProjectsPost', write: 'ProjectPut', rename: 'ProjectPost' },
  fields: {
    config: { type: 'map', patch: 'keeps' },
    description: { type: 'string', patch: 'keeps' },
    name: 'name',
    used_by: (project, { product }) => usedBy(project, product),
  },
  etag: ['description', 'config'],
  order: 'name',
  event: 'project',
  eventProject: (name) => name,
  readsAnyPatch: true,
  texts: {
    missing: (name, method) => [
      404,
      method === 'DELETE' ? `Fetch project ${JSON.stringify(name)}: Project not found` : 'Project not found',
    ],
    exists: (name) => [409, `A project named "${name}" already exists`],
  },
  invalid: { create: 400, update: 400 },
  named(name) {
    const problem = nameProblem(name);
    return problem === undefined ? undefined : [400, problem];
  },
  precheck({ name, config }, { product, state }) {
    const problem = projectConfigProblem(product.name, config, poolsOf(state).keys());
    if (problem !== undefined) return [400, problem];
    const [status, text] = quirks[product.name].exists;
    const failed = `Failed creating project "${name}": Failed adding database record: ${text}`;
    return state.projects.has(name) ? [status, failed] : undefined;
  },
  settle(next, { product }, before) {
    if (before) return;
    for (const feature of features[product.name].always) next.config[`features.${feature}`] ??= 'true';
  },
  check(next, { product, state }, before) {
    const { config } = next;
    if (before) {
      const changed = changedFeatures(before, config);
      if (changed.length > 0 && before.name === 'default')
        return "You can't change the features of the default project";
      const refused = changed.find(([key, isNow]) => !(isNow && late.includes(key)));
      if (refused && !isEmpty(before, product)) {
        const [key, isNow] = refused;
        return `Project feature "${key}" cannot be ${isNow ? 'enabled' : 'disabled'} on non-empty projects`;
      }
      const problem = projectConfigProblem(product.name, config, poolsOf(state).keys());
      if (problem !== undefined) return problem;
      assertNotLower(before, config);
      if (changed.some(([key]) => key === 'features.profiles'))
        ownProfiles(before, isOn(config['features.profiles']));
    }
    return undefined;

    function ownProfiles({ name, shelves }: ProjectRecord, isOwn: boolean): void {
      const profiles = shelves.at(['profiles']);
      if (isOwn) profiles.set('default', defaultProfile(name, product));
      else profiles.delete('default');
    }
  },
  forbid(action, name, { product, state }) {
    const project = state.projects.get(name);
    if (action !== 'delete' || !project || isEmpty(project, product)) return undefined;
    return [500, quirks[product.name].full];
  },
  shelf: ({ state }) => state.projects,
  reads: {
    state: ({ state }, name) =>
      stateOf(state.project(name, 'Fetch project database object: Project not found')),
  },
  handlers: { one: { POST: rename, DELETE: removeOne } },
});
