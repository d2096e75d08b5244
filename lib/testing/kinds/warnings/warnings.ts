import type { Call } from '../../http/call.js';
import { recursionOf } from '../../http/collection.js';
import { matches, parseFilter } from '../../http/filter.js';
import { done, sync } from '../../http/reply.js';
import type { Route } from '../../http/router.js';
import { Refusal } from '../../state/refusal.js';
import type { State } from '../../state/state.js';

/** A warning as it is kept, and as the servers print it. */
export interface WarningRecord {
  status: 'new' | 'acknowledged' | 'resolved';
  readonly uuid: string;
  readonly location: string;
  readonly project: string;
  readonly type: string;
  readonly count: number;
  readonly first_seen_at: string;
  readonly last_seen_at: string;
  readonly last_message: string;
  readonly severity: 'low' | 'moderate' | 'high';
  readonly entity_url: string;
}

class Warnings {
  /** By their ids. */
  readonly all = new Map<string, WarningRecord>();
}

export function warningsOf(state: State): Map<string, WarningRecord> {
  return state.part(Warnings).all;
}

/** What is said of a status for one that is not there. */
const quirks = { lxd: { takesAny: true }, incus: { takesAny: false } };

const shape = { type: 'WarningPut', fields: { status: 'string' } } as const;

function find(call: Call): WarningRecord {
  const warning = warningsOf(call.state).get(call.param('uuid'));
  if (!warning) throw new Refusal(404, 'Warning not found');
  return warning;
}

function list(call: Call): Response {
  const { state, target, product } = call;
  const [project, filter] = ['project', 'filter'].map((name) => target.query.get(name));
  const all = [...warningsOf(state).values()]
    .filter((warning) => !project || warning.project === project)
    .sort((a, b) => (a.uuid < b.uuid ? -1 : 1));
  const kept = filter ? filtered(all, filter, product.typedFilter) : all;
  if (kept.length === 0) return sync(null);
  return sync(recursionOf(call) === 0 ? kept.map(({ uuid }) => `/1.0/warnings/${uuid}`) : kept);
}

function filtered(all: WarningRecord[], text: string, typed: boolean): WarningRecord[] {
  const clauses = attempt('Failed to filter warnings: ', () => parseFilter(text));
  return attempt('', () => all.filter((warning) => matches(warning, clauses, typed)));
}

function attempt<T>(prefix: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new Refusal(500, prefix + (error as Error).message);
  }
}

async function write(call: Call): Promise<Response> {
  const { status = '' } = await call.body<Pick<WarningRecord, 'status'>>(shape);
  if (status === 'resolved') throw new Refusal(403, 'Status may only be set to "acknowledge" or "new"');
  if (status !== 'new' && status !== 'acknowledged')
    throw new Refusal(400, `Invalid warning type "${status}"`);
  const uuid = call.param('uuid');
  if (!warningsOf(call.state).has(uuid) && quirks[call.product.name].takesAny) return done();
  find(call).status = status;
  call.state.lifecycle('default', status === 'new' ? 'warning-reset' : 'warning-acknowledged', [
    'warnings',
    uuid,
  ]);
  return done();
}

function remove(call: Call): Response {
  const { uuid } = find(call);
  warningsOf(call.state).delete(uuid);
  call.state.lifecycle('default', 'warning-deleted', ['warnings', uuid]);
  return done();
}

/** What the server warns of; `server.addWarning()` has it do so. */
export const warningRoutes: Route[] = [
  { path: '/1.0/warnings', GET: list },
  {
    path: '/1.0/warnings/{uuid}',
    GET: (call) => sync(find(call)),
    PUT: write,
    PATCH: write,
    DELETE: remove,
  },
];
