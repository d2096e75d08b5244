/** How a member goes away: its process dies, or its host hangs. */
export type Harm = 'kill' | 'freeze';

/** A member that is away, or was. */
export interface Outage {
  harm: Harm;
  member: string;
  /** Is the client connected to it? */
  isConnected: boolean;
  /** Does it lead the database? */
  isLeader: boolean;
  /** When it went, of `performance.now()`. */
  from: number;
  /** When it was started or thawed. */
  back: number;
  /** When the others had found it, and it them. */
  until: number;
}

/** Which members were away when: what a call may end in depends on it. */
export class Outages {
  readonly #all: Outage[] = [];
  readonly #log: (what: string) => void;

  constructor(log: (what: string) => void) {
    this.#log = log;
  }

  begin(harm: Harm, member: string, is: Pick<Outage, 'isConnected' | 'isLeader'>): Outage {
    const outage = { harm, member, ...is, from: performance.now(), back: Infinity, until: Infinity };
    this.#all.push(outage);
    this.#log(`${titleOf(outage)}: ${member}`);
    return outage;
  }

  /** For messages. */
  get last(): string {
    const [last] = this.#all.slice(-1);
    return last ? `after the ${titleOf(last)}` : 'before any was away';
  }

  /** The one, of this member or any, that a time span has a part of. */
  during(from: number, to: number, member?: string): Outage | undefined {
    return this.#all.find(
      (one) => one.from < to && from < one.until && (member === undefined || one.member === member),
    );
  }
}

/** For the table. */
export function titleOf({ harm, isConnected, isLeader }: Outage): string {
  const roles = [isConnected && 'connected', isLeader && 'leader'].filter((role) => role !== false);
  return `${harm} ${roles.join('+') || 'another'}`;
}
