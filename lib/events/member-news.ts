import { ClosedError, ResponseError, tell } from '../errors/index.js';
import { asObjects } from '../rest/answers.js';
import type { Connection } from '../rest/connection.js';
import type { Schemas } from '../rest/endpoints/index.js';
import type { Session } from '../rest/session.js';

/** The members of a cluster by their names, as its server describes them. */
export type Members = ReadonlyMap<string, Schemas.ClusterMember>;

/** What a look at the members told. */
export interface MemberLook {
  members: Members;
  /** Those that came, went or have another `status` than at the look before; none at the first. */
  changed: readonly string[];
}

export type MemberListener = (look: MemberLook) => void;

/** Times in ms. */
export const memberTimes = {
  /** Between two looks. */
  poll: 10_000,
  /** For an answer: a frozen leader costs 30 s. */
  answer: 35_000,
};

const news = new WeakMap<Connection, MemberNews>();

/**
 * Which members of a cluster there are, and how they are: no event tells that one died or came back. It looks (GET
 * /1.0/cluster/members) every 10 s while somebody listens, once for all who do over a connection, and keeps no process
 * alive. Where a server is in no cluster, or does not permit it, it looks once.
 */
export class MemberNews {
  readonly #session: Session;
  readonly #listeners = new Set<MemberListener>();
  #timer: NodeJS.Timeout | undefined;
  #offMoved: () => void = () => undefined;
  #reading: Promise<MemberLook> | undefined;
  #members: Members | undefined;

  /** Those of a session's connection. */
  static of(session: Session): MemberNews {
    const { connection } = session;
    const known = news.get(connection) ?? new MemberNews(session);
    news.set(connection, known);
    return known;
  }

  private constructor(session: Session) {
    this.#session = session.derive({ project: undefined, target: undefined });
  }

  /** Calls `listener` after each look, the first of which begins now; returns its own unsubscribe. */
  listen(listener: MemberListener): () => void {
    const own: MemberListener = (look) => {
      listener(look);
    };
    this.#listeners.add(own);
    if (this.#timer === undefined) this.#begin();
    return () => {
      this.#listeners.delete(own);
      if (this.#listeners.size === 0) this.#end();
    };
  }

  /** Looks now; one request for all who ask at the same time. @throws ResponseError, ConnectionError, TimeoutError */
  async look(): Promise<MemberLook> {
    this.#reading ??= this.#read().finally(() => (this.#reading = undefined));
    return this.#reading;
  }

  #begin(): void {
    this.#members = undefined; // what was known is old
    this.#timer = setInterval(() => void this.#poll(), memberTimes.poll).unref();
    this.#offMoved = this.#session.connection.onMoved(() => void this.#poll()); // one has just died, or is frozen
    void this.#poll();
  }

  #end(): void {
    clearInterval(this.#timer);
    this.#offMoved();
    this.#timer = undefined;
  }

  async #poll(): Promise<void> {
    try {
      await this.look();
    } catch (error) {
      if (isFinal(error)) this.#end();
    }
  }

  async #read(): Promise<MemberLook> {
    const request = { method: 'GET', path: '/1.0/cluster/members', query: { recursion: 1 } };
    const answer = await this.#session.send({ ...request, timeout: memberTimes.answer });
    const list = asObjects<Schemas.ClusterMember>(answer, request);
    const before = this.#members;
    const members = new Map(list.map((member) => [member.server_name, member]));
    this.#members = members;
    const look = { members, changed: before ? changesOf(before, members) : [] };
    for (const listener of [...this.#listeners]) tell(listener, look);
    return look;
  }
}

function changesOf(before: Members, now: Members): string[] {
  const names = new Set([...before.keys(), ...now.keys()]);
  return [...names].filter((name) => before.get(name)?.status !== now.get(name)?.status);
}

/** Whether it is of no use to look again. */
function isFinal(error: unknown): boolean {
  if (error instanceof ClosedError) return true;
  if (!(error instanceof ResponseError)) return false;
  return (error.status ?? 0) < 500 || /not clustered/i.test(error.message); // which both servers say with a 500
}
