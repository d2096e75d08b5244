import {
  LxdError,
  milliseconds,
  operationFailure,
  TimeoutError,
  type OperationErrorDetails,
} from '../../errors/index.js';
import { isOperationData, start } from '../../operations/index.js';
import { asObject } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { createdKey, textsOf } from '../kind/created.js';
import { lastIn } from '../kind/path.js';
import { serverFacts } from '../kind/server-facts.js';
import type { Instance } from './instance.js';
import { isLate, lateStop } from './late-stop.js';
import { isRefusal } from './refusal.js';
import type { Instances, SetStatesResult } from './set-states.js';
import { hasReached, maySayDone, seconds } from './state-change.js';
import { isConcerned } from './status.js';

interface How {
  force: boolean;
  stateful: boolean;
  timeout: number | undefined;
  signal: AbortSignal | undefined;
}

/**
 * Has the server do it with all instances of the project (PUT /1.0/instances). Its operation fails as a whole where one
 * instance did, and tells of which and why in its text; what cannot be read from that is seen by looking.
 */
export async function inOneRequest<I extends Instance>(
  { session, list }: Instances<I>,
  listed: I[],
  action: string,
  { signal, ...how }: How,
): Promise<SetStatesResult<I>> {
  const timeout = milliseconds(how.timeout);
  const state = { action, force: how.force, stateful: how.stateful, timeout: seconds(timeout) };
  const request = { method: 'PUT', path: '/1.0/instances', body: { state }, signal };
  const operation = await start(session, request, () => undefined, { waited: true });
  const failure = await operation.wait({ signal, timeout }).then(
    () => undefined,
    (error: unknown) => {
      if (isRefusal(error) || error instanceof TimeoutError) return error;
      throw error;
    },
  );
  let reasons = reasonsIn(failure?.message ?? '');
  if (failure && reasons.size === 0) reasons = await reasonsOfChildren(session, operation.id, signal);
  const before = byName(listed);
  const now = byName(await list({ signal }));
  const result: SetStatesResult<I> = { changed: [], failed: [] };
  for (const name of concernedBy(operation.resources, action, listed)) {
    const instance = now.get(name) ?? before.get(name); // an ephemeral one is gone with its stop
    if (!instance) continue;
    const reason = reasons.get(name);
    const error =
      failure && (reason !== undefined || reasons.size === 0)
        ? errorOf(instance, failure, reason)
        : undefined;
    const { status } = instance;
    const isDone = hasReached(action, status) && (reason === undefined || maySayDone(action, reason));
    if (error && now.has(name) && !isDone) {
      const isSlow = timeout !== undefined && !how.force && isLate(error, action);
      const limits = { timeout: timeout ?? 0, seconds: state.timeout };
      const told = isSlow ? lateStop(instance.toString(), action, limits, error) : error;
      result.failed.push({ instance, error: told });
    } else if (reason === undefined || isConcerned(action, before.get(name)?.status ?? '')) {
      result.changed.push(instance);
    } // else it refused what was in that state already
  }
  return result;
}

function byName<I extends Instance>(instances: I[]): Map<string, I> {
  return new Map(instances.map((instance) => [instance.key, instance]));
}

/** Whom it was done to, in the order of the list: as the operation says, else those to whom it was to be done. */
function concernedBy(
  resources: Readonly<Record<string, unknown>>,
  action: string,
  listed: Instance[],
): Iterable<string> {
  const names = new Set(textsOf(resources.instances).map(lastIn));
  const inOrder = listed.map(({ key }) => key).filter((name) => names.has(name));
  if (names.size > 0) return new Set([...inOrder, ...names]);
  return listed.filter(({ status }) => isConcerned(action, status)).map(({ key }) => key);
}

/** What the server says of each, in both products' words: a line ` - Instance: web: The reason`, which may go on below. */
function reasonsIn(message: string): Map<string, string> {
  const [, ...parts] = message.split(/^ - Instance: /m);
  return new Map(
    parts.map((part) => {
      const [name = '', ...reason] = part.split(': ');
      return [name, reason.join(': ').trim()];
    }),
  );
}

/** The same of newer LXD, where each instance has an operation of its own; empty of other servers. */
async function reasonsOfChildren(
  session: Session,
  id: string,
  signal: AbortSignal | undefined,
): Promise<Map<string, string>> {
  const { extensions } = await serverFacts(session, { signal });
  if (!extensions.has('bulk_operations')) return new Map();
  const request = { method: 'GET', path: `/1.0/operations/${id}`, query: { recursion: 1 }, signal };
  const { children } = asObject<{ children?: unknown }>(await session.send(request), request);
  const failed = (Array.isArray(children) ? children : []).filter(isOperationData).filter(({ err }) => err);
  return new Map(failed.map((child) => [createdKey(child, 'instances', 'containers') ?? '', child.err]));
}

function errorOf(instance: Instance, failure: LxdError, reason: string | undefined): LxdError {
  if (reason === undefined) return failure;
  const { operation, method, path, status } = failure;
  const details: OperationErrorDetails = { operation, method, path, status, cause: failure };
  return operationFailure(`${instance.toString()}: ${reason}`, details);
}
