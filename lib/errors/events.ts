import { LxdError } from './base.js';
import { named } from './named.js';

/** A consumer of events was slower than they came, and its buffer is full; `count` events were left out. */
export class EventsMissedError extends LxdError {
  constructor(
    message: string,
    readonly count: number,
  ) {
    super('ERR_LXD_EVENTS_MISSED', message);
  }
}

named({ EventsMissedError });
