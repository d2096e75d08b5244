import { AbortedError, ClosedError, onAbort, TimeoutError } from '../../errors/index.js';
import type { Waiting } from './authorization.js';

/** The longest time of Node's timers, in ms. */
const longest = 2 ** 31 - 1;

interface Running<T> {
  promise: Promise<T>;
  stop: AbortController;
  waiting: number;
}

/**
 * Work that is done once for however many wait for it. Each leaves when its signal fires or its time is over; when the last
 * one leaves by its signal, the work's own fires, and who comes then begins anew. Whoever runs out of time finds it under way at its next try.
 */
export class SharedWork<T> {
  readonly #closing: AbortSignal;
  /** What is waited for, for messages: `logged in`. */
  readonly #done: string;
  #running: Running<T> | undefined;

  constructor(closing: AbortSignal, done: string) {
    this.#closing = closing;
    this.#done = done;
  }

  /** The outcome of the work, which `begin` begins unless it is under way. @throws AbortedError, TimeoutError, ClosedError */
  async join(begin: (signal: AbortSignal) => Promise<T>, request: Waiting): Promise<T> {
    const { method, path, signal, timeout } = request;
    const asked = { method, path };
    const about = `${method} ${path}`;
    const aborted = () => new AbortedError(`${about}: aborted`, { ...asked, cause: signal?.reason });
    const closed = () => new ClosedError(`${about}: the client is closed; make a new Client`, asked);
    if (signal?.aborted) throw aborted();
    if (this.#closing.aborted) throw closed();
    const running = (this.#running ??= this.#begin(begin));
    running.waiting += 1;
    return new Promise<T>((resolve, reject) => {
      let waits = true;
      const leave = (tell: () => void) => {
        if (!waits) return;
        waits = false;
        running.waiting -= 1;
        clearTimeout(timer);
        for (const forget of listening) forget();
        tell();
      };
      const late = () => reject(new TimeoutError(`${about}: not ${this.#done} within its time`, asked));
      // Without a time, too: whoever waits keeps the process alive, and the work does not once nobody does.
      const timer = setTimeout(
        () => timeout !== undefined && leave(late),
        timeout === undefined ? longest : Math.max(1, timeout),
      );
      const listening = [
        onAbort(this.#closing, () => leave(() => reject(closed()))),
        onAbort(signal, () => {
          leave(() => reject(aborted()));
          if (running.waiting === 0) running.stop.abort();
        }),
      ];
      const settled = () => leave(() => resolve(running.promise));
      running.promise.then(settled, settled);
    });
  }

  #begin(begin: (signal: AbortSignal) => Promise<T>): Running<T> {
    const stop = new AbortController();
    const off = onAbort(this.#closing, () => stop.abort());
    const promise = begin(stop.signal).finally(() => {
      off();
      if (this.#running === running) this.#running = undefined;
    });
    promise.catch(() => undefined); // nobody may be left to hear of it
    const running = { promise, stop, waiting: 0 };
    // Who comes after it was given up begins anew.
    stop.signal.addEventListener('abort', () => {
      if (this.#running === running) this.#running = undefined;
    });
    return running;
  }
}
