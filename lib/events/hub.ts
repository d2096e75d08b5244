import { ClosedError, ResponseError } from '../errors/index.js';
import type { Connection } from '../rest/connection.js';
import type { Session } from '../rest/session.js';
import { Channel } from './channel.js';
import { covers, matches, union, type Demand } from './demand.js';
import type { ServerEvent } from './event.js';

/** What a subscriber is told. */
export interface Subscriber {
  event(event: ServerEvent): void;
  /** No events come until `restored`. */
  lost?(): void;
  /** They come again; what happened since `lostAt` was not seen. */
  restored?(lostAt: Date): void;
  /** None will come any more. */
  failed(error: Error): void;
}

/** One subscriber's share of the socket. */
export interface Subscription {
  /** Resolves when every event from now on comes; rejects if none will. */
  readonly ready: Promise<void>;
  /** Whether events come at the moment. */
  readonly isUp: boolean;
  /** Whether it keeps the process alive: yes, until told otherwise. */
  hold(alive: boolean): void;
  close(): void;
}

const hubs = new WeakMap<Connection, EventHub>();

/** Shares one event socket among all that listen over a connection. */
export class EventHub {
  readonly #session: Session;
  readonly #shares = new Set<Share>();
  /** One, but where the server lets us listen to single projects only. */
  readonly #channels = new Set<Channel>();
  /** One that is being opened: nobody has it yet. */
  #opening: Channel | undefined;
  /** One joins after the other, so that no two of them open a socket. */
  #joining: Promise<void> = Promise.resolve();

  /** The hub of a session's connection. */
  static of(session: Session): EventHub {
    const { connection } = session;
    const hub = hubs.get(connection) ?? new EventHub(session);
    hubs.set(connection, hub);
    return hub;
  }

  private constructor(session: Session) {
    this.#session = session.derive({ project: undefined, target: undefined });
    session.connection.closing.addEventListener(
      'abort',
      () => {
        const error = new ClosedError('GET /1.0/events: the client is closed; make a new Client');
        for (const share of [...this.#shares]) this.#drop(share, error);
      },
      { once: true },
    );
  }

  /** Whether what is wanted comes already, over an open socket. */
  isUp(demand: Demand): boolean {
    return [...this.#channels].some((channel) => channel.isUp && covers(channel.demand, demand));
  }

  /** Subscribes; `ready` tells when every event comes. */
  subscribe(demand: Demand, subscriber: Subscriber): Subscription {
    const share: Share = { demand, subscriber, channel: undefined, alive: true };
    this.#shares.add(share);
    const ready = this.#joining.then(() => this.#join(share));
    this.#joining = ready.catch(() => undefined);
    return {
      ready,
      get isUp() {
        return share.channel?.isUp ?? false;
      },
      hold: (alive) => {
        share.alive = alive;
        if (share.channel) this.#hold(share.channel);
      },
      close: () => {
        this.#leave(share);
      },
    };
  }

  async #join(share: Share): Promise<void> {
    try {
      const channel = await this.#channelFor(share);
      if (this.#shares.has(share)) share.channel = channel;
      this.#hold(channel);
      this.#closeUnused();
    } catch (error) {
      this.#drop(share, error as Error);
      throw error;
    }
  }

  async #channelFor({ demand }: Share): Promise<Channel> {
    for (;;) {
      const channels = [...this.#channels];
      const channel = channels.find((one) => covers(one.demand, demand)) ?? channels[0];
      if (!channel) return this.#open(demand);
      await channel.settled();
      if (channel.isClosed) continue;
      if (covers(channel.demand, demand)) return channel;
      try {
        await channel.open(union(channel.demand, demand));
        return channel;
      } catch (error) {
        // Who may listen to single projects only needs a socket for each.
        if (!(error instanceof ResponseError) || demand.project === undefined) throw error;
        return this.#open(demand);
      }
    }
  }

  async #open(demand: Demand): Promise<Channel> {
    const shares = () => [...this.#shares].filter((share) => share.channel === channel);
    const channel = new Channel(this.#session, demand, {
      event: (event) => {
        for (const share of shares()) if (matches(share.demand, event)) share.subscriber.event(event);
      },
      lost: () => {
        for (const { subscriber } of shares()) subscriber.lost?.();
      },
      restored: (lostAt) => {
        for (const { subscriber } of shares()) subscriber.restored?.(lostAt);
      },
      refused: (error) => {
        this.#channels.delete(channel);
        for (const share of shares()) this.#drop(share, error);
      },
    });
    this.#opening = channel;
    try {
      await channel.open(demand);
    } finally {
      this.#opening = undefined;
    }
    this.#channels.add(channel);
    return channel;
  }

  #hold(channel: Channel): void {
    channel.hold([...this.#shares].some((share) => share.channel === channel && share.alive));
  }

  #drop(share: Share, error: Error): void {
    if (!this.#shares.has(share)) return;
    this.#leave(share);
    share.subscriber.failed(error);
  }

  #leave(share: Share): void {
    this.#shares.delete(share);
    if (share.channel) this.#hold(share.channel);
    if (this.#shares.size === 0) this.#opening?.close(); // nobody waits for it any more
    this.#closeUnused();
  }

  #closeUnused(): void {
    const used = new Set([...this.#shares].map(({ channel }) => channel));
    const joining = [...this.#shares].some(({ channel }) => !channel);
    for (const channel of this.#channels) {
      if (used.has(channel) || (joining && channel.isUp)) continue;
      this.#channels.delete(channel);
      channel.close();
    }
  }
}

interface Share {
  readonly demand: Demand;
  readonly subscriber: Subscriber;
  channel: Channel | undefined;
  alive: boolean;
}
