import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { App } from './app.js';
import { reached } from './cluster/forward.js';
import { here } from './cluster/here.js';
import { ownerOf } from './cluster/owner.js';
import type { MemberRecord } from './cluster/records.js';
import { EventSockets, refuse } from './http/event-sockets.js';
import { Listener } from './http/listener.js';
import type { Network } from './http/network.js';
import { OperationSockets } from './http/operation-sockets.js';
import { peerOf } from './http/peer.js';
import { parseTarget, type Target } from './http/target.js';
import { oidcHeaders } from './kinds/auth/oidc.js';
import { callerOf } from './kinds/certificates/callers.js';
import { limitOf } from './kinds/certificates/limits.js';
import { SftpSockets } from './kinds/sftp-sockets.js';
import { Refusal } from './state/refusal.js';

/** A daemon as clients meet it: where it listens, and the sockets that it has open. */
export class Daemon {
  /** Which of a cluster's it is; none, where the server is alone. */
  member: MemberRecord | undefined;
  readonly #app: App;
  readonly #events: EventSockets;
  readonly #operations: OperationSockets;
  readonly #sftp: SftpSockets;
  #listener!: Listener;

  private constructor(app: App) {
    this.#app = app;
    this.#events = new EventSockets(() => app.state);
    this.#operations = new OperationSockets(() => app.state);
    this.#sftp = new SftpSockets(() => app.state);
  }

  /** One that listens. */
  static async open(app: App, network: Network | undefined): Promise<Daemon> {
    const daemon = new Daemon(app);
    daemon.#listener = await Listener.open(
      (request, target, peer) => daemon.at(() => app.answer(request, target, peer)),
      (request, socket, head) => {
        daemon.at(() => app.meetUpgrade(request, socket, () => daemon.#upgrade(request, socket, head)));
      },
      network?.server,
    );
    return daemon;
  }

  /** Where it listens; gone after `close()`. */
  get socketPath(): string {
    return this.#listener.socketPath;
  }

  /** Of HTTPS; 0 without it. */
  get port(): number {
    return this.#listener.port;
  }

  listen(): Promise<void> {
    return this.#listener.listen();
  }

  stop(): Promise<void> {
    return this.#listener.stop();
  }

  freeze(): void {
    this.#listener.freeze();
  }

  thaw(): void {
    this.#listener.thaw();
  }

  /** Ends the event sockets. */
  drop(): void {
    this.#events.drop();
  }

  /** Stops for good. */
  close(): Promise<void> {
    return this.#listener.close();
  }

  /** Does something as this daemon does it. */
  at<T>(work: () => T, member = this.#own): T {
    return member ? here.run(member, work) : work();
  }

  /** Of a server that was made a cluster by a request, it is the first. */
  get #own(): MemberRecord | undefined {
    const { state } = this.#app;
    return state.cluster && (this.member ?? state.here);
  }

  /** Changes the protocol, at the member that it is for. */
  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    const { state } = this.#app;
    const target = parseTarget(request.url ?? '/');
    const owner = ownerOf(state, target);
    if (!owner || owner === this.#own) {
      this.#accept(request, target, socket, head);
      return;
    }
    reached(state, owner, { method: 'GET', raw: target.raw }).then(
      () => {
        const callOff = state.cluster?.onChange(() => {
          if (owner.liveness === 'killed') socket.destroy();
        });
        socket.once('close', () => callOff?.());
        this.at(() => this.#accept(request, target, socket, head), owner);
      },
      (error: unknown) => {
        if (error instanceof Refusal) refuse(socket, error.status, error.message);
        else socket.destroy();
      },
    );
  }

  #accept(request: IncomingMessage, target: Target, socket: Duplex, head: Buffer): void {
    const { state } = this.#app;
    if (this.#operations.upgrade(request, socket, head)) return; // whoever knows its secret
    const caller = callerOf(state, peerOf(socket), target.path, request.headers.authorization);
    const limit = limitOf(state, caller, target, 'GET');
    const login = oidcHeaders(state);
    if (caller.problem) refuse(socket, 401, `Failed to authenticate: ${caller.problem}`, login);
    else if (!caller.method) refuse(socket, 403, 'not authorized', login);
    else if (limit) refuse(socket, limit.status, limit.message, login);
    else if (!this.#sftp.upgrade(request, socket, head)) this.#events.upgrade(request, socket, head, caller);
  }
}
