import { InvalidInputError } from '../../errors/index.js';
import { addressesOf } from './addresses.js';
import type { Instance } from './instance.js';
import type { InstanceState } from './state.js';
import { isRunning } from './status.js';

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

/** When a wait is over. */
export interface Condition<I extends Instance = Instance> {
  ready: (instance: I, state: InstanceState) => boolean | Promise<boolean>;
  /** What it was not, in the error of a wait that ran out. */
  wanted: string;
  /** Whether a lifecycle event tells of it, so that there is no need to look in between. */
  told?: boolean;
  /** Whether it has to run for that. */
  running?: boolean;
  /** Whether it has to have a network interface for that. */
  nic?: boolean;
}

const named: Record<string, Condition> = {
  running: { ready: (_, { status }) => isRunning(status), wanted: 'running', told: true },
  stopped: { ready: (_, { status }) => status === 'Stopped', wanted: 'stopped', told: true },
  frozen: { ready: (_, { status }) => status === 'Frozen', wanted: 'frozen', told: true },
  ip: addressed('given an address'),
  ipv4: addressed('given an IPv4 address', 4),
  ipv6: addressed('given an IPv6 address', 6),
  // A virtual machine's processes are counted by its agent: -1 without one.
  agent: {
    ready: (_, { status, processes }) => isRunning(status) && processes >= 0,
    wanted: 'reachable through its agent',
    running: true,
  },
};

function addressed(wanted: string, family?: 4 | 6): Condition {
  return {
    ready: (_, state) => addressesOf(state, { family }).length > 0,
    wanted,
    running: true,
    nic: true,
  };
}

/** @throws InvalidInputError for what cannot be waited for */
export function conditionOf<I extends Instance>(target: WaitTarget<I>): Condition<I> {
  if (typeof target === 'function') return { ready: target, wanted: 'as waited for' };
  const condition = Object.hasOwn(named, target) ? named[target] : undefined;
  if (condition) return condition;
  throw new InvalidInputError(
    `waitFor(${JSON.stringify(target)}): wait for ${Object.keys(named).join(', ')} or pass a function`,
  );
}
