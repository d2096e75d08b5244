import { getEventListeners } from 'node:events';
import { AbortedError, InvalidInputError, TimeoutError } from '../../../lib/errors/index.js';
import { Limit } from '../../../lib/resources/transfer/limit.js';

test.each([-1, NaN, '5', null, {}])('%p is no time', (timeout) => {
  expect(() => new Limit('x', undefined, timeout as number)).toThrow(InvalidInputError);
});

test.each([undefined, 0, Infinity, 2 ** 31, 1e300])('%p does not end it', async (timeout) => {
  const limit = new Limit('x', undefined, timeout);
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(limit.signal.aborted).toBe(false);
  limit.clear();
});

test('ends with its time or with the caller, and says which', async () => {
  const timed = new Limit('copy()', undefined, 5);
  await new Promise((resolve) => timed.signal.addEventListener('abort', resolve));
  expect(timed.signal.reason).toBeInstanceOf(TimeoutError);
  expect(timed.errorOf(new AbortedError('a step'))).toBe(timed.signal.reason);
  const other = new Error('other');
  expect(timed.errorOf(other)).toBe(other);
  for (const before of [true, false]) {
    const controller = new AbortController();
    const reason = new Error('enough');
    if (before) controller.abort(reason);
    const limit = new Limit('copy()', controller.signal, undefined);
    controller.abort(reason);
    expect(limit.signal.reason).toBeInstanceOf(AbortedError);
    expect(limit.signal.reason).toMatchObject({ message: 'copy(): aborted', cause: reason });
    limit.clear();
    expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
  }
});
