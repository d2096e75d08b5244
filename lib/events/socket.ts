import { ConnectionError, onAbort } from '../errors/index.js';
import type { Session } from '../rest/session.js';
import type { Websocket } from '../rest/transport.js';
import { queryOf, type Demand } from './demand.js';

const asked = { method: 'GET', path: '/1.0/events' };

/** Times of one socket, in ms. */
export const socketTimes = {
  /** For the handshake. */
  open: 10_000,
  /** For the first sign that the server has put us on its list; one that gives none is believed then. */
  listed: 1_000,
  /** Between two looks at the silence. */
  look: 2_000,
  /** Both servers ping every 10 s. After this much silence we ping too, … */
  silence: 11_000,
  /** … and after this much the connection is dead, whatever TCP thinks. */
  dead: 18_000,
};

/** One websocket of events. */
export class EventSocket {
  readonly #websocket: Websocket;
  readonly #watchdog: NodeJS.Timeout;
  readonly #times: typeof socketTimes;
  #heard = performance.now();
  #closed = false;
  #silent = false;

  /** Opens it, and resolves when the server sends every event from now on. */
  static async open(
    session: Session,
    demand: Demand,
    onText: (text: string) => void,
    { signal, times = socketTimes }: { signal?: AbortSignal; times?: typeof socketTimes } = {},
  ): Promise<EventSocket> {
    const { path } = asked;
    const websocket = await session.websocket({ path, query: queryOf(demand), timeout: times.open, signal });
    const socket = new EventSocket(websocket, onText, times);
    const off = onAbort(signal, () => {
      socket.close();
    });
    try {
      await socket.#listed();
    } catch (error) {
      socket.close();
      throw error;
    } finally {
      off();
    }
    return socket;
  }

  private constructor(websocket: Websocket, onText: (text: string) => void, times: typeof socketTimes) {
    this.#websocket = websocket;
    this.#times = times;
    const heard = () => (this.#heard = performance.now());
    websocket.on('ping', heard); // ws answers it
    websocket.on('pong', heard);
    websocket.on('message', (data: Buffer) => {
      heard();
      if (!this.#closed) onText(data.toString());
    });
    this.#watchdog = setInterval(() => {
      this.#watch();
    }, times.look).unref();
    websocket.once('close', () => {
      clearInterval(this.#watchdog);
    });
  }

  /** Calls `listener` when it is lost, not when it is closed by us; `silent` tells that nobody said so. */
  onLost(listener: (silent: boolean) => void): void {
    const lost = () => {
      if (!this.#closed) listener(this.#silent);
    };
    if (this.#websocket.readyState > 1) process.nextTick(lost);
    else this.#websocket.once('close', lost);
  }

  close(): void {
    this.#closed = true;
    clearInterval(this.#watchdog);
    this.#websocket.terminate(); // nobody waits for a goodbye that a dead link never brings
  }

  /** Whether it keeps the process alive. */
  hold(alive: boolean): void {
    if (alive) this.#websocket.ref();
    else this.#websocket.unref();
  }

  /**
   * The handshake ends before the server has us on its list. It reads our ping, or sends its first one, after that, so
   * only then is it sure that no event passes us by.
   */
  async #listed(): Promise<void> {
    const websocket = this.#websocket;
    await new Promise<void>((resolve, reject) => {
      const timer = setTimeout(resolve, this.#times.listed);
      const sure = () => {
        clearTimeout(timer);
        resolve();
      };
      for (const sign of ['ping', 'pong', 'message']) websocket.once(sign, sure);
      websocket.once('close', () => {
        clearTimeout(timer);
        reject(new ConnectionError('GET /1.0/events: the server closed the event socket at once', asked));
      });
      if (websocket.readyState === 1) websocket.ping();
    });
  }

  #watch(): void {
    const silence = performance.now() - this.#heard;
    if (silence > this.#times.dead) {
      this.#silent = true;
      this.#websocket.terminate();
    } else if (silence > this.#times.silence && this.#websocket.readyState === 1) this.#websocket.ping();
  }
}
