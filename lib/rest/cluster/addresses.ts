import { parseAddress } from '../../connect/address.js';

/** A member of a cluster, as the list of them shows it. */
export interface Member {
  name: string;
  /** `https://host:port` */
  address: string;
  /** `Online`, `Offline`, `Evacuated`, … */
  status: string;
}

/** How long an address that did not answer is asked after all others, in ms. */
const avoided = 30_000;

/** The addresses at which one server or cluster can be reached: those that were given, and those that it has told. */
export class Addresses {
  readonly #given: readonly string[];
  #members: readonly Member[] = [];
  #all: readonly string[];
  /** When the last one was first seen to be offline (`performance.now()`). */
  #missedSince = -Infinity;
  /** Until when each is avoided. */
  readonly #bad = new Map<string, number>();

  constructor(given: readonly string[]) {
    this.#given = given;
    this.#all = [...new Set(given)];
  }

  /** Whether there is another one to go to. */
  get areSeveral(): boolean {
    return this.#all.length > 1;
  }

  get all(): readonly string[] {
    return this.#all;
  }

  get members(): readonly Member[] {
    return this.#members;
  }

  /** Those that the others miss, which takes them some seconds. */
  get missed(): readonly Member[] {
    return this.#members.filter(({ status }) => status === 'Offline');
  }

  get missedSince(): number {
    return this.#missedSince;
  }

  /** Those that the cluster tells now; the ones that were given stay. */
  learn(members: readonly Member[]): void {
    const before = new Set(this.missed.map(({ name }) => name));
    if (members.some(({ name, status }) => status === 'Offline' && !before.has(name)))
      this.#missedSince = performance.now();
    this.#members = members;
    this.#all = [...new Set([...this.#given, ...members.map(({ address }) => address)])];
  }

  avoid(address: string): void {
    this.#bad.set(address, performance.now() + avoided);
  }

  /** All but one, beginning after it; those that have just not answered come last. */
  others(than: string): string[] {
    const at = this.#all.indexOf(than);
    const others = [...this.#all.slice(at + 1), ...this.#all.slice(0, Math.max(0, at))];
    const now = performance.now();
    const isBad = (one: string) => (this.#bad.get(one) ?? 0) > now;
    return [...others.filter((one) => !isBad(one)), ...others.filter(isBad)];
  }

  /** The name of the member at `host:port` or `https://host:port`. */
  nameOf(address: string): string | undefined {
    const wanted = address.replace(/^https:\/\//, '');
    return this.#members.find((one) => one.address.slice('https://'.length) === wanted)?.name;
  }
}

/** The members out of `GET /1.0/cluster/members?recursion=1`; what is no such list, or names no address, is left out. */
export function membersFrom(metadata: unknown): Member[] {
  if (!Array.isArray(metadata)) return [];
  return metadata.flatMap((one: unknown) => {
    const { server_name: name, url, status } = (one ?? {}) as Record<string, unknown>;
    const address = addressOf(url);
    if (typeof name !== 'string' || address === undefined) return [];
    return [{ name, address, status: typeof status === 'string' ? status : '' }];
  });
}

function addressOf(url: unknown): string | undefined {
  try {
    const parsed = parseAddress(url);
    return parsed && 'origin' in parsed ? parsed.origin : undefined;
  } catch {
    return undefined;
  }
}
