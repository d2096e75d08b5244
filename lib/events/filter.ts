import { InvalidInputError, UnsupportedError } from '../errors/index.js';
import { eventTypes, type LifecycleAction } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';
import type { Demand } from './demand.js';
import type { ServerEvent } from './event.js';

/** Whose events, and which. */
export interface EventFilter {
  /** The actions of lifecycle events, e.g. `instance-started`; events of other types have none and pass. */
  actions?: readonly (LifecycleAction | (string & {}))[] | undefined;
  /** Of this project; of the client's by default. */
  project?: string | undefined;
  /** Of all projects. */
  allProjects?: boolean | undefined;
  /** Ends the listening. */
  signal?: AbortSignal | undefined;
}

/** What tells of the way to the server, and does not come from it. */
const ours: readonly string[] = ['reconnected', 'missed'];

/** Refuses what contradicts itself, before anything is sent. */
export function assertFilter(
  types: readonly string[] | undefined,
  { actions, project, allProjects }: EventFilter,
): void {
  for (const [name, list] of Object.entries({ types, actions })) {
    if (list === undefined) continue;
    if (Array.isArray(list) && list.length > 0 && list.every((item) => typeof item === 'string')) continue;
    throw new InvalidInputError(
      `Events: ${name} must be a list of names with at least one; leave it out for all`,
    );
  }
  if (project !== undefined && allProjects) {
    throw new InvalidInputError('Events: give either a project or allProjects, not both');
  }
  if (project === '')
    throw new InvalidInputError("Events: the project is empty; leave it out for the client's own");
}

/** What to ask the server for. @throws UnsupportedError for types that only the other product has */
export async function demandFrom(
  session: Session,
  types: readonly string[] | undefined,
  { project, allProjects }: EventFilter,
): Promise<Demand> {
  const asked = types?.filter((type) => !ours.includes(type));
  const { facts } = session.connection;
  for (const type of asked ?? []) {
    const knows = (product: 'lxd' | 'incus') => (eventTypes[product] as readonly string[]).includes(type);
    if (!facts?.product || knows(facts.product) || !knows(facts.product === 'lxd' ? 'incus' : 'lxd'))
      continue;
    throw new UnsupportedError(
      `Events of type '${type}' do not exist in ${facts.product}, which has ${eventTypes[facts.product].join(', ')}`,
    );
  }
  return {
    types: asked?.length === 0 ? ['lifecycle'] : asked, // who only wants to hear of the socket still needs one
    project: allProjects ? undefined : (project ?? (await session.project())),
  };
}

export function hasAction(event: ServerEvent, actions: EventFilter['actions']): boolean {
  return !actions || event.type !== 'lifecycle' || actions.includes(event.metadata.action);
}

/** What a listener hears when the socket is open again. */
export function reconnected(lostAt: Date): ServerEvent<'reconnected'> {
  return {
    type: 'reconnected',
    timestamp: new Date(),
    project: undefined,
    location: undefined,
    metadata: { lostAt },
  };
}
