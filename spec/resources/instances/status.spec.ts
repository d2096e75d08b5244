import { isRunning } from '../../../lib/resources/instances/status.js';
import { conditionOf } from '../../../lib/resources/instances/wait-target.js';
import type { Instance, InstanceState } from 'tslxd';

const state = (status: string) => ({ status, processes: 1 }) as InstanceState;

describe('the status of an instance', () => {
  it.each(['Running', 'Ready', 'Thawed', 'A word of a newer server'])('%s is running', (status) => {
    expect(isRunning(status)).toBe(true);
    for (const target of ['running', 'agent'] as const)
      expect(conditionOf(target).ready({} as Instance, state(status))).toBe(true);
  });

  it.each(['Stopped', 'Starting', 'Stopping', 'Aborting', 'Freezing', 'Frozen', 'Error', 'Pending'])(
    '%s is not running',
    (status) => {
      expect(isRunning(status)).toBe(false);
      for (const target of ['running', 'agent'] as const)
        expect(conditionOf(target).ready({} as Instance, state(status))).toBe(false);
    },
  );

  it('that is none is not running', () => {
    for (const status of [undefined, null, 103]) expect(isRunning(status)).toBe(false);
  });
});
