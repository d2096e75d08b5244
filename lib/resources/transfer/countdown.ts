import { milliseconds } from '../../errors/index.js';

/** What is left of a time limit that begins now, in ms; undefined where there is none. For methods of several steps. */
export function countdown(timeout: number | undefined): () => number | undefined {
  const limit = milliseconds(timeout);
  const begun = performance.now();
  return () =>
    limit === undefined ? undefined : Math.max(1, Math.ceil(limit - (performance.now() - begun)));
}
