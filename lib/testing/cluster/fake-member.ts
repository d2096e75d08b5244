import type { Client } from '../../client.js';
import type { Daemon } from '../daemon.js';
import type { FakeEndpoint } from '../http/network.js';
import type { FakeClientOptions } from '../server.js';
import type { State } from '../state/state.js';
import type { Liveness, MemberRecord } from './records.js';

/** What a member needs of its server. */
export interface FakeMemberHost {
  readonly state: State;
  endpointOf(daemon: Daemon): FakeEndpoint;
  clientOf(daemon: Daemon, options?: FakeClientOptions<boolean>): Client<boolean>;
}

/** A member of a fake cluster: a daemon at addresses of its own, that can die. */
export class FakeMember {
  readonly #host: FakeMemberHost;
  readonly #daemon: Daemon;

  /** @internal */
  constructor(host: FakeMemberHost, daemon: Daemon) {
    this.#host = host;
    this.#daemon = daemon;
  }

  get name(): string {
    return this.#record.name;
  }

  /** Where it listens; gone after the server's `close()`. */
  get socketPath(): string {
    return this.#daemon.socketPath;
  }

  /** How it is reached over HTTPS: options for `new Client()`. @throws InvalidInputError without the option `https` */
  get endpoint(): FakeEndpoint {
    return this.#host.endpointOf(this.#daemon);
  }

  /** Is its daemon there, and does it answer? */
  get isUp(): boolean {
    return this.#record.liveness === 'up';
  }

  /** A client that asks this member, closed with the server. */
  client<A extends boolean>(options: FakeClientOptions<A> & { autoWait: A }): Client<A>;
  client(options?: FakeClientOptions): Client;
  client(options?: FakeClientOptions<boolean>): Client<boolean> {
    return this.#host.clientOf(this.#daemon, options);
  }

  /**
   * Its daemon dies, as by `kill -9`: what is connected to it is cut, who connects is refused, its operations are gone.
   * Its instances are not: they are there again when it is. What the others say meanwhile, the guide "Testing" has.
   */
  async kill(): Promise<void> {
    if (this.#record.liveness === 'killed') return;
    this.#host.state.operations.forget(this.#record);
    this.#turn('killed');
    await this.#daemon.stop();
  }

  /**
   * Its daemon stops, as by SIGSTOP, or as its host hangs: who connects, and what is connected already, hears nothing
   * until `thaw()`. Nothing is lost by that: what it was asked meanwhile, it then does. One that was killed stays dead.
   */
  freeze(): void {
    if (!this.isUp) return;
    this.#daemon.freeze();
    this.#turn('frozen');
  }

  /** It goes on after `freeze()`; otherwise this does nothing. */
  thaw(): void {
    if (this.#record.liveness !== 'frozen') return;
    this.#turn('up');
    this.#daemon.thaw();
  }

  /** It is up again, whatever has happened to it: one that lives dies before, and forgets its operations. */
  async restart(): Promise<void> {
    await this.kill();
    this.#host.state.operations.forgetLost(this.#record);
    await this.#daemon.listen();
    this.#turn('up');
  }

  /** As after a reset of the server: at once, and up whatever was. @internal */
  revive(): void {
    const { liveness } = this.#record;
    if (liveness === 'killed') void this.#daemon.listen();
    if (liveness === 'frozen') this.#daemon.thaw();
  }

  get #record(): MemberRecord {
    const { member } = this.#daemon;
    if (!member) throw new Error('The fake is no cluster any more');
    return member;
  }

  #turn(liveness: Liveness): void {
    this.#host.state.cluster?.turn(this.#record, liveness);
  }
}
