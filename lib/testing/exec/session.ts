import { PassThrough } from 'node:stream';
import type { WebSocket } from 'ws';
import { Process, type ProcessSpec } from './process.js';
import type { Sink } from './sink.js';
import { endOf, listenToControl, Secrets } from './sockets.js';
import { cooked, typed } from './terminal.js';

type Name = '0' | '1' | '2' | 'control';

/** A command that is run over websockets: it begins when all but the control are there. */
export class ExecSession {
  readonly #begin: () => void;
  readonly #secrets: Secrets<Name>;
  readonly #sockets = new Map<string, WebSocket>();
  readonly #stdin = new PassThrough();
  readonly process: Process;
  #begun = false;

  constructor(spec: ProcessSpec, begin: () => void) {
    this.#begin = begin;
    const names: Name[] = spec.interactive ? ['0', 'control'] : ['0', '1', '2', 'control'];
    this.#secrets = new Secrets(names, spec.chance);
    const out: Sink = spec.interactive ? cooked(this.#to('0')) : this.#to('1');
    this.process = new Process(spec, this.#stdin, out, spec.interactive ? out : this.#to('2'));
  }

  get fds(): Readonly<Record<string, string>> {
    return this.#secrets.fds;
  }

  get begun(): boolean {
    return this.#begun;
  }

  /** Takes the socket of whoever knows the secret. */
  acceptor(secret: string): ((socket: WebSocket) => void) | undefined {
    const name = this.#secrets.nameOf(secret);
    return name === undefined ? undefined : (socket) => this.#attach(name, socket);
  }

  /** Tells the ends of the outputs, as the servers do: with an empty text, after which the connection is dropped. */
  async finish(): Promise<void> {
    this.#sockets.get('control')?.terminate();
    if (this.process.interactive) {
      await endOf(this.#sockets.get('0'));
      await this.#closed('0'); // they wait for the client to leave
      return;
    }
    this.#sockets.get('0')?.terminate();
    await Promise.all(['1', '2'].map(async (name) => endOf(this.#sockets.get(name))));
    for (const name of ['1', '2']) this.#sockets.get(name)?.terminate();
  }

  /** Ends whatever is left. */
  close(): void {
    this.process.kill(9);
    for (const socket of this.#sockets.values()) socket.terminate();
  }

  #attach(name: Name, socket: WebSocket): void {
    // Not pinged, as the servers do: of what ends at once, a client's pong would meet a socket that is closed by then,
    // which costs the Go clients the output.
    socket.on('error', () => undefined);
    if (this.#sockets.has(name)) return; // the servers take it, and do nothing with it
    this.#sockets.set(name, socket);
    if (name === 'control') this.#listen(socket);
    else if (name === '0') this.#read(socket);
    const wanted = Object.keys(this.fds).filter((one) => one !== 'control');
    if (this.#begun || !wanted.every((one) => this.#sockets.has(one))) return;
    this.#begun = true;
    this.#begin();
  }

  #listen(socket: WebSocket): void {
    listenToControl(socket, ({ command, signal, args }) => {
      if (command === 'signal') this.process.kill(Number(signal));
      else if (command === 'window-resize' && this.process.interactive) {
        this.process.resize(Number(args?.width), Number(args?.height));
      }
    });
    socket.once('close', () => this.process.kill(9));
  }

  #read(socket: WebSocket): void {
    const { interactive } = this.process;
    const show = cooked(this.#to('0'));
    let ended = false;
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary) ended = true;
      if (ended) {
        if (!interactive) this.#stdin.end(); // a terminal has no end of its input but ^D
        return;
      }
      if (interactive) typed(data, this.process, this.#stdin, show);
      else if (!this.#stdin.write(data)) {
        socket.pause();
        this.#stdin.once('drain', () => socket.resume());
      }
    });
    socket.once('close', () => this.#stdin.end());
  }

  /** As with the servers' pipes, what is written first after the reader has gone is lost, and the next an error. */
  #to(name: Name): Sink {
    let isLost = false;
    return (bytes) =>
      new Promise((resolve, reject) => {
        const socket = this.#sockets.get(name);
        if (socket?.readyState !== 1) {
          if (isLost) reject(new Error('nobody reads'));
          else resolve();
          isLost = true;
        } else socket.send(bytes, { binary: true }, (error) => (error ? reject(error) : resolve()));
      });
  }

  #closed(name: Name): Promise<void> {
    return new Promise((resolve) => {
      const socket = this.#sockets.get(name);
      if (!socket || socket.readyState > 1) resolve();
      else socket.once('close', () => resolve());
    });
  }
}
