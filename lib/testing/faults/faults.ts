import { InvalidInputError } from '../../errors/index.js';
import type { LoggedRequest } from '../http/log.js';
import { assertFault, type Fault } from './fault.js';
import { matcher, type RequestMatch } from './match.js';

/** A fault that waits for its requests. */
export interface InjectedFault {
  /** How many requests it will still meet. */
  readonly left: number;
  /** Those that it has met. */
  readonly requests: readonly LoggedRequest[];
  /** It meets no more. */
  cancel(): void;
}

class Waiting implements InjectedFault {
  readonly requests: LoggedRequest[] = [];

  constructor(
    readonly matches: (request: LoggedRequest) => boolean,
    readonly fault: Fault,
    public left: number,
  ) {}

  cancel(): void {
    this.left = 0;
  }
}

/** The faults that are to come, the first added first. */
export class Faults {
  #waiting: Waiting[] = [];

  add(match: RequestMatch, fault: Fault, times: number): InjectedFault {
    assertFault(fault);
    if (!(times > 0)) throw new InvalidInputError(`failNext: times must be 1 or more, not ${String(times)}`);
    const waiting = new Waiting(matcher(match), fault, times);
    this.#waiting.push(waiting);
    return waiting;
  }

  /** The fault that this request meets. */
  take(request: LoggedRequest): Fault | undefined {
    this.#waiting = this.#waiting.filter(({ left }) => left > 0);
    const waiting = this.#waiting.find(({ matches }) => matches(request));
    if (!waiting) return undefined;
    waiting.left--;
    waiting.requests.push(request);
    return waiting.fault;
  }

  clear(): void {
    for (const waiting of this.#waiting) waiting.cancel();
  }
}
