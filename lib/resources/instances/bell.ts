import { onAbort } from '../../errors/index.js';
import { EventHub, type Subscription } from '../../events/index.js';
import type { Session } from '../../rest/session.js';
import { subjectOf } from './subject.js';

/** How long, in ms, it is worth to look often after an event: it may come before what it tells of can be seen. */
const freshness = 1000;

/** Rings at each lifecycle event of one instance; where there are none, it just waits. */
export class Bell {
  readonly #subscription: Subscription;
  #rang = 0;
  #wake: () => void = () => undefined;

  constructor(session: Session, project: string, name: string) {
    const ring = () => {
      this.#rang = performance.now();
      this.#wake();
    };
    this.#subscription = EventHub.of(session).subscribe(
      { types: ['lifecycle'], project },
      {
        event: (event) => {
          if (event.type === 'lifecycle' && subjectOf(event)?.key === name) ring();
        },
        restored: ring,
        failed: () => undefined, // then it is looked at often
      },
    );
    this.#subscription.ready.then(ring, () => undefined); // what came before was not heard
  }

  /** Whether events come, and none came lately. */
  get isQuiet(): boolean {
    return this.#subscription.isUp && performance.now() - this.#rang > freshness;
  }

  /** Waits for a ring, but not longer than that. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await pause(ms, signal, (wake) => (this.#wake = wake));
  }

  close(): void {
    this.#subscription.close();
  }
}

/** Waits so many ms, or until it is woken or the signal fires. */
export async function pause(
  ms: number,
  signal: AbortSignal | undefined,
  waker?: (wake: () => void) => void,
): Promise<void> {
  if (signal?.aborted) return;
  await new Promise<void>((resolve) => {
    const wake = () => {
      clearTimeout(timer);
      off();
      resolve();
    };
    const timer = setTimeout(wake, ms);
    const off = onAbort(signal, wake);
    waker?.(wake);
  });
}
