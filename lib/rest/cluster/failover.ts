import type { HttpsEndpoint } from '../../connect/endpoint.js';
import type { Log } from '../connection.js';
import type { Transport } from '../transport.js';
import { membersFrom, type Addresses, type Member } from './addresses.js';
import { firstWell } from './first-well.js';
import { clusteredAfter } from './hint.js';
import { healthOf, isFinal, listed, read, type Findings, type Health } from './health.js';
import { mayBeOn, Owners } from './owner.js';
import { Survey } from './survey.js';
import { Vigil } from './vigil.js';

/** An address with what reaches it. */
export interface Reached {
  endpoint: HttpsEndpoint;
  transport: Transport;
}

/** The connection that is moved. */
export interface Movable {
  readonly log: Log;
  closed(): boolean;
  /** Whether the server trusts us, as far as it has told. */
  trusted(): boolean;
  /** What requests go over now, and to where; undefined before the first, and on a unix socket. */
  at(): Reached | undefined;
  /** Another address as this one is reached: as the same user, of the same certificate. */
  reach(address: string): Promise<Reached>;
  /** Has requests go over it from now on. */
  goOn(at: Reached): void;
}

/** How long what was learnt of the members is used before they are asked again, in ms. */
const lasting = 300_000;

/** And how long after they could not be, in ms. */
const soon = 10_000;

/** Has a connection go on at another address of its server or cluster when the one in use is dead or without its database. */
export class Failover {
  readonly #of: Movable;
  readonly addresses: Addresses;
  readonly survey: Survey;
  readonly owners = new Owners();
  readonly #vigil: Vigil;
  /** Whether the server is of a cluster, as far as it is known. */
  #clustered: boolean | undefined;
  #moving: { done: Promise<boolean>; isDead: boolean } | undefined;
  #checking: Promise<Health> | undefined;
  #isStuck = false;
  #learnt = -Infinity;
  /** When the last look at the server began that found it well. */
  #well = -Infinity;

  constructor(of: Movable, addresses: Addresses) {
    this.#of = of;
    this.addresses = addresses;
    this.survey = new Survey(of, addresses);
    this.#vigil = new Vigil(this, () => of.at()?.transport.pending() ?? []);
  }

  /** Told whether the server is of a cluster: has the members' addresses learnt. */
  isClustered(is: boolean): void {
    this.#clustered = is;
    if (is) this.#learn();
  }

  /** Told what the server has answered, which may tell. */
  heard(metadata: unknown): void {
    if (this.#clustered) this.owners.heard(metadata);
    if (this.#clustered !== undefined) return;
    const said = clusteredAfter(metadata);
    if (said !== undefined) this.isClustered(said);
  }

  /** To be called with each request. */
  used(): void {
    if (this.isPossible) this.#vigil.begin();
    if (this.#clustered) this.#learn();
  }

  /** Whether there is anywhere else to go. */
  get isPossible(): boolean {
    return this.addresses.areSeveral;
  }

  /** Settles when the address is left, while it is: nothing need be sent there meanwhile. */
  get leaving(): Promise<boolean> | undefined {
    return this.#moving?.isDead ? this.#moving.done : undefined;
  }

  /** When the last look at the server began that found it well (`performance.now()`). */
  get wellSince(): number {
    return this.#well;
  }

  /** When the cluster was last heard to miss one more member. */
  get missedSince(): number {
    return this.addresses.missedSince;
  }

  /** Whether the database has not answered since a while: a request was looked into, and it was not well. */
  get isStuck(): boolean {
    return this.#isStuck;
  }

  /**
   * The members that are away and keep a request that hangs from being answered: the one that has the thing, if that is known;
   * else any that may have it, but not while the database keeps everybody waiting.
   */
  awayFor(call: { method: string; path: string; moved?: number }): readonly Member[] {
    const { away } = this.survey;
    const owner = this.owners.of(call.path);
    if (owner !== undefined && !owner.startsWith('@')) return away.filter(({ name }) => name === owner);
    if (call.moved !== undefined && this.#well <= call.moved) return [];
    return away.filter((member) => mayBeOn(call, member));
  }

  /** Asks the cluster in the background who is of it, unless that was asked not long ago. */
  #learn(): void {
    const at = this.#of.at();
    const now = performance.now();
    if (!at || now - this.#learnt < lasting) return;
    this.#learnt = now;
    read(at.transport, listed, true).then(
      (metadata) => this.#found(membersFrom(metadata)),
      (error: unknown) => {
        // Who may not see them goes on with the addresses that were given; what failed for a moment is tried again soon.
        if (!isFinal(error)) this.#learnt = now - lasting + soon;
        this.#of.log.debug?.(`The members' addresses are not known: ${(error as Error).message}`);
      },
    );
  }

  #found(members: readonly Member[]): void {
    if (members.length > 0) this.addresses.learn(members);
  }

  /** Whether requests go over another transport by now. */
  hasLeft(transport: Transport): boolean {
    return this.#of.at()?.transport !== transport;
  }

  /**
   * Leaves an address where nobody answers; resolves with whether requests go elsewhere now. Reads that are under way there
   * are asked again. Of one that is silent all else ends, too, and of writes nobody knows; else their sockets tell.
   */
  async leave(lost: Transport, isSilent: boolean): Promise<boolean> {
    return this.#move(lost, true, isSilent);
  }

  /** Leaves one that answers, but not for the database, where another does. */
  async leaveStuck(stuck: Transport): Promise<boolean> {
    return this.#move(stuck, false);
  }

  /** Looks whether the address in use still answers, over a new connection, and leaves it if not. Never rejects. */
  async check(): Promise<Health> {
    return (this.#checking ??= this.#check().finally(() => (this.#checking = undefined)));
  }

  async #check(): Promise<Health> {
    const begun = performance.now();
    const at = this.#of.at();
    if (!at || !this.isPossible || this.#of.closed()) return 'well';
    const { health, members, reason = '', isSilent = false } = await this.#look(at.endpoint.origin);
    if (this.#of.closed() || this.hasLeft(at.transport)) return 'well';
    this.#isStuck = health === 'stuck';
    if (health === 'well') {
      this.#well = begun;
      this.#found(members);
      return health;
    }
    this.#of.log.debug?.(`${at.endpoint.origin} is ${health}: ${reason}`);
    await (health === 'dead' ? this.leave(at.transport, isSilent) : this.leaveStuck(at.transport));
    return health;
  }

  async #look(address: string): Promise<Findings> {
    try {
      const { transport } = await this.#of.reach(address);
      return await healthOf(transport, { background: true }).finally(() => transport.close());
    } catch (error) {
      return { health: 'dead', members: [], reason: (error as Error).message };
    }
  }

  async #move(from: Transport, isDead: boolean, isSilent = false): Promise<boolean> {
    const at = this.#of.at();
    if (!at || !this.isPossible || this.#of.closed()) return false;
    if (at.transport !== from) return true; // somebody else has left it
    const under = this.#moving;
    // A search for a better one may find none where there is one that is as good.
    if (under) return (await under.done) || (isDead && !under.isDead && this.#move(from, true, isSilent));
    const done = this.#moved(at, isDead, isSilent).finally(() => (this.#moving = undefined));
    this.#moving = { done, isDead };
    return done;
  }

  async #moved(from: Reached, isDead: boolean, isSilent: boolean): Promise<boolean> {
    const before = from.endpoint.origin;
    if (isDead) {
      this.addresses.avoid(before);
      this.survey.left(before);
    }
    const found = await firstWell(this.addresses.others(before), {
      reach: (address) => this.#of.reach(address),
      trusted: this.#of.trusted(),
      orStuck: isDead, // all are stuck until they have a new leader
      onDead: (address, reason) => {
        this.addresses.avoid(address);
        this.#of.log.debug?.(`${address} does not answer either: ${reason}`);
      },
    });
    if (!found) return false;
    if (this.#of.closed() || this.hasLeft(from.transport)) {
      found.transport.close(); // its certificate was changed meanwhile, perhaps
      return !this.#of.closed();
    }
    const { origin } = found.endpoint;
    this.#of.log.warn?.(`${before} ${isDead ? 'does not answer' : 'has no database'}; going on at ${origin}`);
    this.#of.goOn(found);
    from.transport.abandon(isSilent);
    this.#learnt = -Infinity;
    if (this.#clustered) this.#learn();
    return true;
  }
}
