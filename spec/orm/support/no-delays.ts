import { jest } from '@jest/globals';

/** The pauses that were asked for, in ms. */
export const pauses: number[] = [];

/** Run at each pause, instead of it. */
export const during: { pause?: (() => unknown) | undefined } = {};

/**
 * Makes the pauses between two tries take no time. To be imported before the models, which must be imported with
 * `await import()`: mocks of modules hold for what is loaded after them.
 */
jest.unstable_mockModule('node:timers/promises', () => ({
  setTimeout: async (ms: number, _value: unknown, { signal }: { signal?: AbortSignal } = {}) => {
    pauses.push(ms);
    await during.pause?.();
    signal?.throwIfAborted();
  },
}));

beforeEach(() => {
  pauses.length = 0;
  during.pause = undefined;
});
