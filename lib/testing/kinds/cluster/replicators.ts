import type { Call } from '../../http/call.js';
import { started, sync } from '../../http/reply.js';
import { kind, type Kind, type Says } from '../../kind/kind.js';
import type { Place } from '../../kind/place.js';
import { nameOf, placeOf } from '../../kind/writes.js';
import { Refusal } from '../../state/refusal.js';
import { valueProblem } from '../../validation/config.js';
import { linksOf } from './link-records.js';
import { subjectName } from './names.js';
import { never } from '../../state/time.js';

// Of newer LXD only, which is not here: by its source.

interface Replicator {
  name: string;
  description: string;
  config: Record<string, string>;
  lastRunAt?: string;
  lastRunStatus?: string;
}

/** Replicators; a run copies nothing here, and ends well. */
export const replicators = kind<Replicator>({
  path: '/1.0/replicators/{name}',
  title: 'replicator',
  extension: 'replicators',
  spansProjects: 'replicators',
  badFilter: 'ignored',
  hidesLocation: true,
  renamesPlainly: true,
  bodies: { create: 'ReplicatorsPost', write: 'ReplicatorPut', rename: 'ReplicatorPost' },
  fields: {
    name: 'name',
    description: { type: 'string', patch: 'keeps' },
    project: (_, { project }) => project.name,
    config: { type: 'map', patch: 'merges' },
    last_run_at: ({ lastRunAt = never }) => lastRunAt,
    last_run_status: ({ lastRunStatus = 'Pending' }) => lastRunStatus,
  },
  etag: ['description', 'config'],
  order: 'name',
  event: 'replicator',
  texts: {
    missing: (_, method) => [
      404,
      `${method === 'POST' ? '' : 'Failed loading replicator: '}Replicator not found`,
    ],
    exists: (name) => [409, `Failed creating replicator "${name}": Replicator already exists`],
    taken: () => [409, 'Replicator already exists'],
  },
  named(name) {
    const wrong = subjectName(name);
    return wrong === undefined ? undefined : [400, wrong];
  },
  check: ({ name, config }, place) => configProblem(config, place) ?? rival(name, config, place),
  settle(one, _, before, body, isPatch) {
    if (isPatch && before && !body.description) one.description = before.description;
  },
  handlers: { more: { '/1.0/replicators/{name}/state': { GET: read, PUT: change } } },
});

/** What the server says of the config of one. */
function configProblem(
  config: Replicator['config'],
  { state }: Place<Replicator>,
): Says | string | undefined {
  for (const [key, value] of Object.entries(config)) {
    if (key.startsWith('user.')) continue;
    const says = (why: string) => `Invalid value for replicator configuration key "${key}": ${why}`;
    if (key === 'cluster') {
      const link = linksOf(state).get(value);
      if (!link) return value ? [404, says(`Cluster link "${value}" not found`)] : says('Required value');
      const isPublic = `Cluster link "${value}" is a public cluster link, which cannot be used by a replicator`;
      if (link.type === 'public') return [400, says(isPublic)];
    } else if (key !== 'schedule') return `Invalid replicator configuration key "${key}"`;
    const why = key === 'schedule' && value ? valueProblem('snapshot schedule', value) : undefined;
    if (why) return says(why);
  }
  return config.cluster ? undefined : 'Replicator configuration key "cluster" is required';
}

/** Of each link a project has one. */
function rival(
  name: string,
  { cluster = '' }: Replicator['config'],
  place: Place<Replicator>,
): Says | undefined {
  const other = [...place.shelf.values()].some((one) => one.name !== name && one.config.cluster === cluster);
  if (!other) return undefined;
  const where = `already exists in project "${place.project.name}"`;
  return [409, `A replicator targeting cluster link "${cluster}" ${where}`];
}

function read(call: Call, given: Kind): Response {
  const place = placeOf(call, given) as unknown as Place<Replicator>;
  return sync({ status: place.find(nameOf(call, given)).lastRunStatus ?? 'Pending' });
}

/** PUT of the state: a run in either direction. */
async function change(call: Call, given: Kind): Promise<Response> {
  const { action = '' } = await call.body<{ action: string }>({
    type: 'ReplicatorStatePut',
    fields: { action: 'string' },
  });
  if (action !== 'start' && action !== 'restore') throw new Refusal(400, `Unknown action "${action}"`);
  const place = placeOf(call, given) as unknown as Place<Replicator>;
  const name = nameOf(call, given);
  const one = place.find(name);
  const { state, project } = place;
  if (one.lastRunStatus === 'Running') throw new Refusal(409, 'A conflicting operation is already running');
  if (action === 'restore') assertStopped(place);
  Object.assign(one, { lastRunAt: state.now(), lastRunStatus: 'Running' });
  const operation = state.operations.start({
    ...{ project: project.name, description: 'Running replicator', resources: null },
    metadata: { entity_url: place.url(name) },
    run: () => {
      one.lastRunStatus = 'Completed';
    },
  });
  operation.whenFinal(() => {
    if (one.lastRunStatus === 'Running') one.lastRunStatus = 'Failed';
  });
  state.lifecycle(project.name, 'replicator-run', place.path(name));
  return started(operation);
}

function assertStopped({ project }: Place<Replicator>): void {
  const running = [...project.instances.values()].find(({ status }) => status === 'Running');
  if (running)
    throw new Refusal(
      500,
      `Instance "${running.name}" is running, stop all project instances before restoring`,
    );
}
