import { ClosedError, ConnectionError, LoginError, ResponseError, TimeoutError } from '../errors/index.js';
import type { Session } from '../rest/session.js';
import type { Demand } from './demand.js';
import { eventFrom, type ServerEvent } from './event.js';
import { EventSocket } from './socket.js';
import { suspectLink } from './suspect.js';

/** What a channel tells. */
export interface ChannelListener {
  event(event: ServerEvent): void;
  /** The socket is lost; it is being opened again. */
  lost(): void;
  /** It is open again; what happened since `lostAt` was not seen. */
  restored(lostAt: Date): void;
  /** It is over: the server does not let us in any more. */
  refused(error: Error): void;
}

/** Pauses before the tries to reconnect, in ms: doubled from the first to the last. */
const pauses = { first: 100, last: 5_000 };

/** How long two sockets that overlapped may still bring the same event, in ms. */
const overlapTime = 1_000;

/** An event socket that heals itself, and can come to ask for more without a gap. */
export class Channel {
  readonly #session: Session;
  readonly #listener: ChannelListener;
  #demand: Demand;
  #socket: EventSocket | undefined;
  readonly #stop = new AbortController();
  #alive = true;
  #timer: NodeJS.Timeout | undefined;
  #wake: (() => void) | undefined;
  readonly #waiting = new Set<() => void>();
  /** The last message: one that comes twice in a row is a damaged link's doing. */
  #last: string | undefined;
  /** The messages got while two sockets are open. */
  #overlap: Set<string> | undefined;

  constructor(session: Session, demand: Demand, listener: ChannelListener) {
    this.#session = session;
    this.#demand = demand;
    this.#listener = listener;
  }

  get demand(): Demand {
    return this.#demand;
  }

  get isUp(): boolean {
    return this.#socket !== undefined;
  }

  get isClosed(): boolean {
    return this.#stop.signal.aborted;
  }

  /** Opens it, or asks for more: then the new socket is open before the old one is closed. */
  async open(demand: Demand, opened: () => void = () => undefined): Promise<void> {
    const before = this.#socket;
    this.#overlap = before ? new Set() : undefined;
    let early: string[] | undefined = []; // nothing is told before it is told that it is open
    const socket = await this.#connect(demand, (text) => {
      if (early) early.push(text);
      else this.#receive(text);
    });
    before?.close();
    if (before) setTimeout(() => (this.#overlap = undefined), overlapTime).unref();
    this.#demand = demand;
    this.#socket = socket;
    socket.hold(this.#alive);
    socket.onLost((silent) => {
      this.#lost(socket, silent);
    });
    opened();
    for (const text of early) this.#receive(text);
    early = undefined;
    this.#release();
  }

  async #connect(demand: Demand, onText: (text: string) => void): Promise<EventSocket> {
    const { signal } = this.#stop;
    try {
      const socket = await EventSocket.open(this.#session, demand, onText, { signal });
      if (!this.isClosed) return socket;
      socket.close();
    } catch (error) {
      this.#overlap = undefined; // of no second socket
      if (!this.isClosed) throw error;
    }
    throw new ClosedError('GET /1.0/events: closed while it was being opened');
  }

  /** Resolves when it is open, or closed for good. */
  async settled(): Promise<void> {
    if (!this.isUp && !this.isClosed) await new Promise<void>((resolve) => this.#waiting.add(resolve));
  }

  close(): void {
    this.#stop.abort();
    this.#socket?.close();
    this.#socket = undefined;
    this.#wake?.();
    this.#release();
  }

  /** Whether it keeps the process alive. */
  hold(alive: boolean): void {
    this.#alive = alive;
    this.#socket?.hold(alive);
    if (alive) this.#timer?.ref();
    else this.#timer?.unref();
  }

  #receive(text: string): void {
    if (this.isClosed || text === this.#last) return;
    this.#last = text;
    if (this.#overlap?.delete(text)) return;
    this.#overlap?.add(text);
    const event = eventFrom(text);
    if (event) this.#listener.event(event);
    else this.#session.connection.log.warn?.('GET /1.0/events: got a message that is not an event');
  }

  #lost(socket: EventSocket, silent: boolean): void {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    this.#session.connection.log.warn?.('GET /1.0/events: the connection is lost; trying to reconnect');
    if (silent) suspectLink(this.#session.connection); // the other sockets go over the same link
    this.#listener.lost();
    void this.#reopen(new Date());
  }

  async #reopen(lostAt: Date): Promise<void> {
    for (let attempt = 0; ; attempt++) {
      await this.#pause(Math.min(pauses.first * 2 ** attempt, pauses.last) * (0.5 + Math.random()));
      if (this.isClosed) return;
      try {
        const restored = () => {
          this.#listener.restored(lostAt);
        };
        if (this.#socket)
          restored(); // it has been asked for more in the meantime
        else await this.open(this.#demand, restored);
        return;
      } catch (error) {
        if (this.isClosed) return;
        if (!isFinal(error)) continue;
        this.close();
        this.#listener.refused(error as Error);
        return;
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve;
      this.#timer = setTimeout(resolve, ms);
      this.hold(this.#alive);
    });
    clearTimeout(this.#timer);
  }

  #release(): void {
    for (const resolve of this.#waiting) resolve();
    this.#waiting.clear();
  }
}

/** Whether asking again is of no use: the server has understood and refused, or we are not to talk to it. */
function isFinal(error: unknown): boolean {
  if (error instanceof ResponseError) return error.status === undefined || error.status < 500;
  return !isAway(error);
}

/** Whether a server is only not there yet. LXD 5.0 answers 500 to an event type that it does not know. */
export function isAway(error: unknown): boolean {
  if (error instanceof ResponseError) return [502, 503, 504].includes(error.status ?? 0);
  if (error instanceof LoginError) return error.reason === 'unreachable'; // the provider, for the moment
  return error instanceof ConnectionError || error instanceof TimeoutError;
}
