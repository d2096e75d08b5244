import type { WatchChange } from '../watch/watch.js';
import type { Instance } from './instance.js';

/** A change of an instance. */
export type InstanceChange<I extends Instance = Instance> = WatchChange<I>;
