import {
  AbortedError,
  assertOptions,
  InvalidInputError,
  LxdError,
  milliseconds,
  tell,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import { describe, type AllOptions, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { Turns } from '../../rest/turns.js';
import { serverFacts } from '../kind/server-facts.js';
import type { Instance } from './instance.js';
import { inOneRequest } from './set-states-at-once.js';
import { assertAction, assertFlags, type StateOptions, type StopOptions } from './state-change.js';
import { isConcerned } from './status.js';

/** How the states of many instances are changed. */
export interface SetStatesOptions<I extends Instance = Instance>
  extends CallOptions, Pick<StateOptions, 'stateful'> {
  /** Which ones, as in `all()`. */
  filter?: AllOptions['filter'];
  /** As for one: `true` does not ask them; at a stop `'afterTimeout'` pulls the plug of those that have not shut down by then. */
  force?: StopOptions['force'];
  /** Milliseconds for each: how long it is waited for. */
  timeout?: number | undefined;
  /** How many at the same time, unless one request changes all; 8 by default. */
  concurrency?: number | undefined;
  /** Called for each one that was changed, or could not be. */
  onProgress?: ((progress: SetStatesProgress<I>) => void) | undefined;
}

/** How far a change of many instances is. */
export interface SetStatesProgress<I extends Instance = Instance> {
  instance: I;
  outcome: 'changed' | 'failed';
  done: number;
  total: number;
}

/** The outcome; instances that were in that state already are in neither list. */
export interface SetStatesResult<I extends Instance = Instance> {
  /** Fetched after the change. */
  changed: I[];
  failed: { instance: I; error: LxdError }[];
}

const names: OptionNames<SetStatesOptions> = {
  ...callNames,
  filter: true,
  force: true,
  stateful: true,
  concurrency: true,
  onProgress: true,
};

/** The instances of a manager. */
export interface Instances<I extends Instance> {
  session: Session;
  /** Whether they are all of the project, whatever their type. */
  isAll: boolean;
  list: (options: AllOptions) => Promise<I[]>;
}

/** Changes the states of many instances. @throws InvalidInputError; AbortedError; what the server says of all of them */
export async function setStates<I extends Instance>(
  instances: Instances<I>,
  action: string,
  options: SetStatesOptions<I>,
): Promise<SetStatesResult<I>> {
  assertAction(action);
  const { concurrency } = assertSetStates(action, options);
  const { filter, signal, timeout, force = false, stateful = false, onProgress } = options;
  const listed = await instances.list({ filter, signal });
  const concerned = listed.filter(({ status }) => isConcerned(action, status));
  const isTogether =
    instances.isAll &&
    filter === undefined &&
    force !== 'afterTimeout' &&
    concerned.length > 1 &&
    (await isOffered(instances.session, action, listed, signal));
  if (isTogether) {
    const result = await inOneRequest(instances, listed, action, { force, stateful, timeout, signal });
    report(result, onProgress);
    return result;
  }
  const how = { force, stateful, timeout, signal };
  return oneByOne(concerned, action, how, new Turns(concurrency), onProgress);
}

/**
 * Whether one request does it. Not in a cluster, whose members tell failures without saying of which instance. Not to
 * let frozen ones go on: LXD then takes those that are stopped (seen on 5.0.2, and in 6).
 */
async function isOffered(
  session: Session,
  action: string,
  listed: Instance[],
  signal: AbortSignal | undefined,
): Promise<boolean> {
  const isClustered = listed.some(({ location }) => location && location !== 'none');
  if (isClustered || action === 'unfreeze') return false;
  return (await serverFacts(session, { signal })).extensions.has('instance_bulk_state_change');
}

async function oneByOne<I extends Instance>(
  instances: I[],
  action: string,
  { force, ...how }: Pick<SetStatesOptions, 'force' | 'stateful' | 'timeout' | 'signal'>,
  turns: Turns,
  onProgress: SetStatesOptions<I>['onProgress'],
): Promise<SetStatesResult<I>> {
  const { signal } = how;
  const waited = { ...how, wait: true } as const;
  const outcomes = new Map<I, LxdError | undefined>();
  const change = async (instance: I) => {
    if (action === 'restart') await instance.restart({ ...waited, force: force === true });
    else if (action === 'stop') await instance.stop({ ...waited, force, ifNeeded: true });
    else await instance[action as 'start']({ ...waited, force: force === true, ifNeeded: true });
  };
  const work = async (instance: I) => {
    const error = await change(instance).then(
      () => undefined,
      (reason: unknown) => {
        if (reason instanceof LxdError) return reason;
        throw reason;
      },
    );
    outcomes.set(instance, error);
    if (!onProgress) return;
    const outcome = error ? 'failed' : 'changed';
    tell(onProgress, { instance, outcome, done: outcomes.size, total: instances.length });
  };
  await Promise.all(instances.map((instance) => turns.take(() => work(instance), { signal })));
  const result: SetStatesResult<I> = { changed: [], failed: [] };
  for (const instance of instances) {
    const error = outcomes.get(instance);
    if (error) result.failed.push({ instance, error });
    else result.changed.push(instance);
  }
  if (signal?.aborted && result.failed.some(({ error }) => error instanceof AbortedError)) {
    const count = `${String(result.changed.length)} of ${String(instances.length)}`;
    throw new AbortedError(`setState(): aborted; ${count} instances were changed`, { cause: signal.reason });
  }
  return result;
}

/** What one request has done, told as if they had gone one by one. */
function report<I extends Instance>(
  { changed, failed }: SetStatesResult<I>,
  onProgress: SetStatesOptions<I>['onProgress'],
): void {
  if (!onProgress) return;
  const total = changed.length + failed.length;
  let done = 0;
  for (const instance of changed) tell(onProgress, { instance, outcome: 'changed', done: ++done, total });
  for (const { instance } of failed) tell(onProgress, { instance, outcome: 'failed', done: ++done, total });
}

function assertSetStates(action: string, options: SetStatesOptions<never>): { concurrency: number } {
  assertOptions(options, names, 'setState() of instances');
  const { concurrency = 8, force, stateful, onProgress, timeout } = options;
  assertFlags(action, { force: force === 'afterTimeout' ? true : force, stateful });
  if (force === 'afterTimeout' && action !== 'stop')
    throw new InvalidInputError("setState(): force: 'afterTimeout' is for a stop");
  if (force === 'afterTimeout' && milliseconds(timeout) === undefined)
    throw new InvalidInputError(
      "setState(): force: 'afterTimeout' needs a timeout, which is the grace period",
    );
  if (!Number.isInteger(concurrency) || concurrency < 1)
    throw new InvalidInputError(`concurrency must be a whole number from 1 on, not ${describe(concurrency)}`);
  if (onProgress !== undefined && typeof onProgress !== 'function')
    throw new InvalidInputError('onProgress must be a function');
  return { concurrency };
}
