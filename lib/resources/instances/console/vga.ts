import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import { AbortedError, ClosedError, onAbort } from '../../../errors/index.js';
import type { Session } from '../../../rest/session.js';
import { openSocket } from '../exec/connection.js';
import { watchPulse } from '../exec/pulse.js';
import type { Websocket } from '../../../rest/transport.js';
import { abandon, lost, requestConsole, settled, silent, type Requested } from './connection.js';
import type { ConsolePlan } from './options.js';
import { SocketStream } from './stream.js';

/**
 * The screen of a virtual machine: raw sockets that speak SPICE, which this library does not. A viewer opens one
 * for each of its channels: `net.createServer((viewer) => vga.connect().then((socket) => viewer.pipe(socket).pipe(viewer)))`
 */
export class VgaConsole {
  /** Resolves when it was closed or the machine ended it; rejects with a ConnectionError or AbortedError. */
  readonly ended: Promise<void>;
  readonly #requested: Requested;
  readonly #streams = new Set<SocketStream>();
  #end: (error?: Error) => void = () => undefined;
  #closed = false;

  /** @internal Use `instance.console({ type: 'vga' })`. */
  static async open(session: Session, path: string, where: string, plan: ConsolePlan): Promise<VgaConsole> {
    const requested = await requestConsole(session, path, where, plan);
    try {
      const control = await openSocket(session, requested.operation, 'control', plan.signal);
      return new VgaConsole(requested, control, plan.signal);
    } catch (error) {
      await abandon(requested);
      throw error;
    }
  }

  private constructor(requested: Requested, control: Websocket, signal: AbortSignal | undefined) {
    this.#requested = requested;
    const abort = () => {
      this.#end(new AbortedError(`${requested.name}: aborted`, { cause: signal?.reason }));
    };
    const off = onAbort(signal, abort);
    const left = new Promise<Error | undefined>((resolve) => (this.#end = resolve));
    if (signal?.aborted) abort();
    control.resume(); // so that its end is seen
    watchPulse(control, () => {
      this.#end(silent(requested));
    });
    control.once('close', () => void lost(requested).then(this.#end));
    this.ended = left.then(async (error) => {
      this.#closed = true;
      off();
      for (const stream of this.#streams) stream.destroy(error);
      control.terminate();
      await settled(requested);
      if (error) throw error;
    });
    this.ended.catch(() => undefined); // who asks is told
  }

  /** Opens one more raw socket to it. Destroy it when its channel is over. @throws ConnectionError, ClosedError */
  async connect(): Promise<Duplex> {
    const { session, operation, name } = this.#requested;
    if (this.#closed) throw new ClosedError(`${name} was closed`);
    const socket = await openSocket(session, operation, '0');
    const stream = new SocketStream(socket, { lost: () => Promise.resolve(undefined) });
    this.#streams.add(stream);
    stream.once('close', () => this.#streams.delete(stream));
    if (this.#closed) stream.destroy();
    return stream;
  }

  /** Ends all its sockets; the machine goes on. Safe to call again; never rejects. */
  async close(): Promise<void> {
    this.#end();
    await this.ended.catch(() => undefined);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  toJSON(): string {
    return `VgaConsole(${this.#requested.name.replace('The console of ', '')})`;
  }

  [inspect.custom](): string {
    return this.toJSON();
  }
}
