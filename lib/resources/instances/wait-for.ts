import { setTimeout as delay } from 'node:timers/promises';
import {
  AbortedError,
  InvalidInputError,
  NotFoundError,
  ServerError,
  TimeoutError,
} from '../../errors/index.js';
import type { Session } from '../../rest/session.js';
import { addressesOf } from './addresses.js';
import { Bell } from './bell.js';
import type { InstanceState } from './state.js';
import type { Instance } from './instance.js';

/** What can be waited for. */
export type WaitTarget<I extends Instance = Instance> =
  | 'running'
  | 'stopped'
  | 'frozen'
  | 'ip'
  | 'ipv4'
  | 'ipv6'
  | 'agent'
  | ((instance: I, state: InstanceState) => boolean | Promise<boolean>);

export interface WaitForOptions {
  signal?: AbortSignal | undefined;
  /** Milliseconds; none by default. */
  timeout?: number | undefined;
  /** Milliseconds between two looks where no event tells; 250 by default. */
  interval?: number | undefined;
}

interface Condition<I extends Instance> {
  ready: (instance: I, state: InstanceState) => boolean | Promise<boolean>;
  /** What it was not, in the error of a wait that ran out. */
  wanted: string;
  /** Whether a lifecycle event tells of it, so that there is no need to look in between. */
  told?: boolean;
}

const named: Record<string, Condition<Instance>> = {
  running: { ready: (_, { status }) => status === 'Running', wanted: 'running', told: true },
  stopped: { ready: (_, { status }) => status === 'Stopped', wanted: 'stopped', told: true },
  frozen: { ready: (_, { status }) => status === 'Frozen', wanted: 'frozen', told: true },
  ip: { ready: (_, state) => addressesOf(state).length > 0, wanted: 'given an address' },
  ipv4: {
    ready: (_, state) => addressesOf(state, { family: 4 }).length > 0,
    wanted: 'given an IPv4 address',
  },
  ipv6: {
    ready: (_, state) => addressesOf(state, { family: 6 }).length > 0,
    wanted: 'given an IPv6 address',
  },
  // A virtual machine's processes are counted by its agent: -1 without one.
  agent: {
    ready: (_, { status, processes }) => status === 'Running' && processes >= 0,
    wanted: 'reachable through its agent',
  },
};

/** How long, in ms, a server may fail: Incus 6.0 answers 500 (`Invalid PID`) for as long as a container is stopping. */
const patience = 5000;

/** Between two looks, in ms, where events tell: in case one was lost. */
const toldInterval = 5000;

/** Looks at an instance until it is as wanted: at each event of it, and now and then. */
export async function waitFor<I extends Instance>(
  instance: I,
  session: Session,
  target: WaitTarget<I>,
  { signal, timeout, interval = 250 }: WaitForOptions = {},
): Promise<void> {
  const { ready, wanted, told } = conditionOf(target);
  const deadline = timeout ? performance.now() + timeout : Infinity;
  let bell: Bell | undefined;
  try {
    for (;;) {
      const state = await patiently(instance, signal, deadline, async () => {
        const seen = await instance.state({ signal });
        if (typeof target === 'function') await instance.fetch({ signal });
        return seen;
      });
      if (await ready(instance, state)) return;
      bell ??= new Bell(session, await session.project(), instance.key);
      const left = deadline - performance.now();
      if (left <= 0) throw late(instance, wanted, state, timeout);
      await bell.wait(Math.min(told && bell.isQuiet ? toldInterval : interval, left), signal);
      if (signal?.aborted) throw aborted(instance, signal);
    }
  } finally {
    bell?.close();
  }
}

/** Looks, in spite of a server that cannot tell for moments. */
async function patiently<T>(
  instance: Instance,
  signal: AbortSignal | undefined,
  deadline: number,
  look: () => Promise<T>,
): Promise<T> {
  const giveUp = Math.min(deadline, performance.now() + patience);
  for (;;) {
    if (signal?.aborted) throw aborted(instance, signal);
    try {
      return await look();
    } catch (error) {
      if (!isMomentary(error, instance) || performance.now() > giveUp) throw error;
      await delay(100, undefined, signal ? { signal } : {}).catch(() => undefined);
    }
  }
}

/** LXD 5.0 knows no instance for a moment that moves from one cluster member to another. */
function isMomentary(error: unknown, instance: Instance): boolean {
  if (error instanceof ServerError) return true;
  return error instanceof NotFoundError && instance.isFetched && instance.location !== 'none';
}

function conditionOf<I extends Instance>(target: WaitTarget<I>): Condition<I> {
  if (typeof target === 'function') return { ready: target, wanted: 'as waited for' };
  const condition = Object.hasOwn(named, target) ? named[target] : undefined;
  if (condition) return condition;
  throw new InvalidInputError(
    `waitFor(${JSON.stringify(target)}): wait for ${Object.keys(named).join(', ')} or pass a function`,
  );
}

function late(
  instance: Instance,
  wanted: string,
  { status }: InstanceState,
  timeout: number | undefined,
): TimeoutError {
  return new TimeoutError(
    `${instance.toString()} was not ${wanted} within ${String(timeout)} ms; it is ${status}`,
  );
}

function aborted(instance: Instance, { reason }: AbortSignal): AbortedError {
  return new AbortedError(`waitFor() of ${instance.toString()}: aborted`, { cause: reason });
}
