import type { Session } from '../rest/session.js';
import { onAbort, tell } from '../errors/index.js';
import { isAway } from './channel.js';
import type { ServerEvent } from './event.js';
import { demandFrom, hasAction, reconnected, type EventFilter } from './filter.js';
import type { EventHub, Subscription } from './hub.js';

/** What a listener of `on()` is made of. */
interface ListenerSource {
  type: string;
  filter: EventFilter;
  heard: (this: void, event: ServerEvent) => void;
  /** It has ended for good, and not because it was asked to. */
  failed: (error: Error) => void;
  /** It has ended, however. */
  over: () => void;
}

/** How long, in ms, it waits to ask again a server that was not there. */
const retryPause = 1_000;

/** A function that hears events, from the moment at which the server is there. */
export class EventListener {
  /** Resolves when every event from now on comes, or none will. */
  readonly ready: Promise<void>;
  readonly #session: Session;
  readonly #hub: EventHub;
  readonly #source: ListenerSource;
  #subscription: Subscription | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed = false;
  #settle: () => void = () => undefined;
  readonly #offAbort: () => void;

  constructor(session: Session, hub: EventHub, source: ListenerSource) {
    this.#session = session;
    this.#hub = hub;
    this.#source = source;
    this.ready = new Promise((resolve) => (this.#settle = resolve));
    this.#offAbort = onAbort(source.filter.signal, () => {
      this.close();
    });
    void this.#subscribe();
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    clearTimeout(this.#timer);
    this.#offAbort();
    this.#subscription?.close();
    this.#source.over();
    this.#settle();
  }

  async #subscribe(): Promise<void> {
    const { type, filter } = this.#source;
    try {
      const demand = await demandFrom(this.#session, [type], filter);
      if (this.#closed) return;
      this.#subscription = this.#hub.subscribe(demand, {
        event: (event) => {
          if (event.type === type && hasAction(event, filter.actions)) tell(this.#source.heard, event);
        },
        restored: (lostAt) => {
          if (type === 'reconnected') tell(this.#source.heard, reconnected(lostAt));
        },
        failed: (error) => {
          this.#failed(error);
        },
      });
      await this.#subscription.ready;
      this.#settle();
    } catch (error) {
      this.#failed(error as Error);
    }
  }

  #failed(error: Error): void {
    if (this.#closed) return;
    if (!isAway(error)) {
      this.close();
      this.#source.failed(error);
      return;
    }
    clearTimeout(this.#timer); // both ways to fail lead here
    this.#timer = setTimeout(() => void this.#subscribe(), retryPause);
  }
}
