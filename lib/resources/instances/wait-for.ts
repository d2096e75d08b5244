import { setTimeout as delay } from 'node:timers/promises';
import { AbortedError, InvalidInputError, ServerError, TimeoutError } from '../../errors/index.js';
import type { InstanceState } from './state.js';
import type { Instance } from './instance.js';

/** What can be waited for. */
export type WaitTarget<I extends Instance = Instance> =
  | 'running'
  | 'stopped'
  | 'frozen'
  | 'ip'
  | ((instance: I, state: InstanceState) => boolean | Promise<boolean>);

export interface WaitForOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; none by default. */
  timeout?: number | undefined;
  /** Milliseconds between two looks; 250 by default. */
  interval?: number | undefined;
}

type Predicate<I extends Instance> = (instance: I, state: InstanceState) => boolean | Promise<boolean>;

const named: Record<string, (state: InstanceState) => boolean> = {
  running: ({ status }) => status === 'Running',
  stopped: ({ status }) => status === 'Stopped',
  frozen: ({ status }) => status === 'Frozen',
  ip: hasAddress,
};

/** How long, in ms, a server may fail: Incus 6.0 answers 500 (`Invalid PID`) for as long as a container is stopping. */
const patience = 5000;

/** Looks at an instance until it is as wanted. */
export async function waitFor<I extends Instance>(
  instance: I,
  target: WaitTarget<I>,
  { signal, timeout, interval = 250 }: WaitForOptions = {},
): Promise<void> {
  const ready = predicate(target);
  const deadline = timeout ? performance.now() + timeout : Infinity;
  for (;;) {
    if (signal?.aborted) throw new AbortedError(`waitFor(): aborted`, { cause: signal.reason });
    const state = await look(instance, signal, deadline);
    if (typeof target === 'function') await instance.fetch({ signal });
    if (await ready(instance, state)) return;
    if (performance.now() + interval > deadline) {
      throw new TimeoutError(
        `${instance.toString()} was not ${wanted(target)} within ${String(timeout)} ms; it is ${state.status}`,
      );
    }
    await delay(interval, undefined, signal ? { signal } : {}).catch(() => undefined);
  }
}

/** The state, in spite of a server that cannot tell it for moments. */
async function look(
  instance: Instance,
  signal: AbortSignal | undefined,
  deadline: number,
): Promise<InstanceState> {
  const giveUp = Math.min(deadline, performance.now() + patience);
  for (;;) {
    try {
      return await instance.state({ signal });
    } catch (error) {
      if (!(error instanceof ServerError) || performance.now() > giveUp) throw error;
      await delay(100, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}

function predicate<I extends Instance>(target: WaitTarget<I>): Predicate<I> {
  if (typeof target === 'function') return target;
  const ready = Object.hasOwn(named, target) ? named[target] : undefined;
  if (ready) return (_instance, state) => ready(state);
  throw new InvalidInputError(
    `waitFor(${JSON.stringify(target)}): wait for ${Object.keys(named).join(', ')} or pass a function`,
  );
}

function wanted(target: WaitTarget<never>): string {
  if (typeof target === 'function') return 'as waited for';
  return target === 'ip' ? 'given an address' : target;
}

/** Whether an interface other than the loopback has an address that others can reach. */
function hasAddress(state: InstanceState): boolean {
  return Object.values(state.network).some(
    ({ type, addresses }) => type !== 'loopback' && addresses.some(({ scope }) => scope === 'global'),
  );
}
