import { onAbort } from '../../errors/index.js';
import { EventHub, type Subscription } from '../../events/index.js';
import type { RestStore } from '../kind/rest-store.js';
import { subjectOf, type KindEvents } from './kind-events.js';

/** How long, in ms, it is worth to look often after an event: it may come before what it tells of can be seen. */
const freshness = 1000;

/** Rings at each lifecycle event of one thing; where there are none, it just waits. */
export class Bell {
  readonly #subscriptions: Subscription[];
  #rang = 0;
  #wake: () => void = () => undefined;

  /** Of the thing that has this key whenever an event comes. */
  constructor(store: RestStore, project: string, key: () => string) {
    const { events } = store;
    if (!events) {
      this.#subscriptions = [];
      return;
    }
    const own = events.everywhere ? [undefined] : [project];
    const projects = new Set(events.shared ? [...own, 'default'] : own);
    this.#subscriptions = [...projects].map((one) => this.#subscribe(store, events, one, key));
  }

  /** Whether events come, and none came lately. */
  get isQuiet(): boolean {
    const isUp = this.#subscriptions.length > 0 && this.#subscriptions.every((one) => one.isUp);
    return isUp && performance.now() - this.#rang > freshness;
  }

  /** Waits for a ring, but not longer than that. */
  async wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
    await pause(ms, signal, (wake) => (this.#wake = wake));
  }

  close(): void {
    for (const subscription of this.#subscriptions) subscription.close();
  }

  #subscribe(
    store: RestStore,
    events: KindEvents,
    project: string | undefined,
    key: () => string,
  ): Subscription {
    const ring = () => {
      this.#rang = performance.now();
      this.#wake();
    };
    const demand = { types: ['lifecycle'], project };
    const subscription = EventHub.of(store.session).subscribe(demand, {
      event: (event) => {
        if (event.type !== 'lifecycle') return;
        const keyIn = events.keyIn ?? ((path: string) => store.keyOfUrl(path));
        const subject = subjectOf(event, events, keyIn);
        if (subject === 'any' || (subject && [subject.key, subject.from].includes(key()))) ring();
      },
      restored: ring,
      failed: () => undefined, // then it is looked at often
    });
    subscription.ready.then(ring, () => undefined); // what came before was not heard
    return subscription;
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
