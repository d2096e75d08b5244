import { assertOptions, InvalidInputError, onAbort, tell, type OptionNames } from '../errors/index.js';
import type { EventType } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';
import type { EventName, ServerEvent } from './event.js';
import { assertFilter, demandFrom, hasAction, reconnected, type EventFilter } from './filter.js';
import { EventHub, type Subscription } from './hub.js';
import { EventListener } from './listener.js';
import { EventStream } from './stream.js';

export interface ListenOptions<T extends EventName = EventName> extends EventFilter {
  /**
   * `lifecycle`, `operation`, `logging`, …: all that the caller may see by default, or lifecycle events alone where
   * `actions` are given. `reconnected` and `missed` come only if they are among them, or if none are named.
   */
  types?: readonly T[] | undefined;
  /** How many events may wait for a slow consumer; 1000 by default. */
  bufferSize?: number | undefined;
}

const filterNames: OptionNames<EventFilter> = {
  actions: true,
  project: true,
  allProjects: true,
  signal: true,
};
const listenNames: OptionNames<ListenOptions> = { ...filterNames, types: true, bufferSize: true };

/** Actions without types: lifecycle events alone have any. */
type ActionsOnly = Required<Pick<EventFilter, 'actions'>> & { types?: undefined };

/** What `on()` can listen to. */
export type ListenerName = EventType | 'reconnected' | 'error';

/** What a listener of `on()` gets. */
export type Heard<N extends ListenerName> = N extends EventName ? ServerEvent<N> : Error;

/**
 * What the server tells (GET /1.0/events, over a websocket): one socket for a client, however many listen; opened for the
 * first and closed with the last. It is opened again when it is lost, and `reconnected` tells of it.
 */
export class Events {
  readonly #session: Session;
  readonly #hub: EventHub;
  readonly #listeners = new Set<EventListener>();
  readonly #onError = new Set<(error: Error) => void>();

  /** @internal Use `client.events`. */
  constructor(session: Session) {
    this.#session = session;
    this.#hub = EventHub.of(session);
  }

  /**
   * Listens, from now on, to the events of the client's project, or as the options say. Iterating throws what ends it:
   * ConnectionError if the server cannot be reached at first, ForbiddenError, UnsupportedError or BadRequestError for a
   * type that the product does not have, AbortedError, ClosedError, EventsMissedError.
   */
  listen(options: ListenOptions<never> & ActionsOnly): EventStream<'lifecycle'>;
  listen<T extends EventName = EventName>(options?: ListenOptions<T>): EventStream<T>;
  listen<T extends EventName = EventName>(options: ListenOptions<T> = {}): EventStream<T> {
    assertOptions(options, listenNames, 'events.listen()');
    const { bufferSize = 1000, signal, actions } = options;
    const types: readonly string[] | undefined = options.types ?? (actions && ['lifecycle']);
    assertFilter(types, options);
    if (!Number.isInteger(bufferSize) || bufferSize < 1) {
      throw new InvalidInputError(
        `Events: bufferSize is ${String(bufferSize)}; it must be a whole number from 1 on`,
      );
    }
    let subscription: Subscription | undefined;
    let over = false;
    let endReady: (error: Error) => void = () => undefined;
    const subscribe = async () => {
      const demand = await demandFrom(this.#session, types, options);
      if (over) return;
      subscription = this.#hub.subscribe(demand, {
        event: (event) => {
          stream.push(event);
        },
        restored: (lostAt) => {
          stream.push(reconnected(lostAt));
        },
        failed: (error) => {
          stream.fail(error);
        },
      });
      await subscription.ready;
    };
    const ready = new Promise<void>((resolve, reject) => {
      endReady = reject; // who waits for it learns at once that it was aborted
      subscribe().then(resolve, reject);
    });
    const stream = new EventStream<T>({
      bufferSize,
      signal,
      ready,
      close: (error) => {
        over = true;
        subscription?.close();
        if (error) endReady(error);
      },
      tellsMissed: !types || types.includes('missed'),
      wanted: (event) => (!types || types.includes(event.type)) && hasAction(event, actions),
    });
    ready.catch((error: unknown) => {
      stream.fail(error as Error);
    });
    return stream;
  }

  /**
   * Calls `listener` for each event of a type, for `reconnected`, or for the `error` that ended some listening of this
   * `events`; returns its own unsubscribe. It waits for a server that is not there yet.
   */
  on<N extends ListenerName>(
    name: N,
    listener: (event: Heard<N>) => void,
    filter: EventFilter = {},
  ): () => void {
    if (typeof listener !== 'function') throw new InvalidInputError(`events.on('${name}') takes a function`);
    const call = listener as (event: ServerEvent | Error) => void;
    const own = (event: ServerEvent | Error) => {
      call(event); // a function of its own, so that the same one can listen twice
    };
    assertOptions(filter, filterNames, `events.on('${name}')`);
    assertFilter([name], filter);
    if (filter.signal?.aborted) return () => undefined;
    if (name === 'error') {
      this.#onError.add(own);
      const off = onAbort(filter.signal, () => this.#onError.delete(own));
      return () => {
        off();
        this.#onError.delete(own);
      };
    }
    const made = new EventListener(this.#session, this.#hub, {
      type: name,
      filter,
      heard: own,
      failed: (error) => {
        this.#fail(error);
      },
      over: () => this.#listeners.delete(made),
    });
    this.#listeners.add(made);
    return () => {
      made.close();
    };
  }

  /** Resolves when those that listen with `on()` hear every event from now on. */
  async ready(): Promise<void> {
    await Promise.all([...this.#listeners].map(async ({ ready }) => ready));
  }

  #fail(error: Error): void {
    if (this.#onError.size === 0) this.#session.connection.log.error?.(error.message);
    for (const listener of [...this.#onError]) tell(listener, error);
  }
}
