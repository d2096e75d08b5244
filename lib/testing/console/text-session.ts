import type { WebSocket } from 'ws';
import { endOf, listenToControl, sent } from '../exec/sockets.js';
import { Attached } from './attached.js';
import { asShown, asTyped } from './keys.js';
import { ConsoleSession, type ConsoleSocket } from './session.js';
import { runtimeOf } from '../kinds/instances/state/runtime.js';

/** What is written when there is nothing more to show, and when who still looks is dropped. */
const quirks = { lxd: { lastShown: '\r', farewell: '\n\r' }, incus: { lastShown: '', farewell: '' } };

/** What LXD's helper writes when it cannot attach itself. */
const refused = 'Error: Failed running forkconsole: "attaching to the container failed"\n';

/** A text console over websockets: it begins with its data socket, and ends with its control socket. */
export class TextSession extends ConsoleSession {
  readonly #sockets: { '0'?: WebSocket; control?: WebSocket } = {};
  readonly #stop = (): void => void this.#end();
  #attached: Attached | undefined;
  #detach = (): void => undefined;
  /** Nothing more is shown: the instance has stopped, or who was behind it has ended it. */
  #hasEnded = false;
  #isOver = false;

  /** Drops whoever is left, with the last words of the product. */
  override close(): void {
    this.#isOver = true;
    this.#detach();
    this.#attached?.leave();
    runtimeOf(this.spec.state).processes.delete(this.spec.instance, this.#stop);
    const { '0': data, control } = this.#sockets;
    const { farewell } = quirks[this.spec.state.product.name];
    if (data?.readyState === 1 && farewell !== '') data.send(Buffer.from(farewell));
    // Closes what is sent before that.
    setImmediate(() => data?.terminate());
    control?.terminate();
  }

  protected override connect(name: ConsoleSocket, socket: WebSocket): void {
    if (this.#sockets[name]) return; // the servers take it, and do nothing with it
    this.#sockets[name] = socket;
    socket.once('close', () => this.#check());
    if (name === '0') this.#begin(socket);
    else {
      listenToControl(socket, ({ command, args }) => {
        if (command === 'window-resize') this.spec.window.resize(Number(args?.width), Number(args?.height));
      });
    }
  }

  #begin(socket: WebSocket): void {
    const { instance, state } = this.spec;
    const screen = instance.console;
    const show = async (bytes: Buffer): Promise<void> => {
      if (!this.#hasEnded) await screen?.show(bytes);
    };
    const attached = (this.#attached = new Attached(this.spec, 'console', show));
    attached.stdout.once('finish', this.#stop);
    if (!screen || screen.isAttached || instance.status === 'Stopped') {
      socket.send(Buffer.from(refused));
      void this.#end();
      return;
    }
    this.#detach = screen.attach((bytes) => sent(socket, bytes));
    runtimeOf(state).processes.add(instance, this.#stop);
    socket.on('message', (data: Buffer, isBinary: boolean) => {
      if (!isBinary || this.#hasEnded || this.#isOver) return;
      void show(asShown(data));
      attached.stdin.write(asTyped(data));
    });
    void attached.begin();
    this.#check();
  }

  async #end(): Promise<void> {
    this.#hasEnded = true;
    this.#attached?.leave();
    const { '0': data } = this.#sockets;
    if (data) await sent(data, Buffer.from(quirks[this.spec.state.product.name].lastShown));
    await endOf(data);
    this.#check();
  }

  /** As with the servers: it is over when the control socket has gone, or when there is nothing more to show and nobody to see. */
  #check(): void {
    const { '0': data, control } = this.#sockets;
    if (!data || this.#isOver) return;
    const isLeft = data.readyState > 1;
    const isControlled = !control || control.readyState <= 1;
    if (isControlled && !(isLeft && this.#hasEnded)) return;
    this.#isOver = true;
    this.over(!isLeft && !this.#hasEnded);
  }
}
