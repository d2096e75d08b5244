import { TimeoutError } from '../../errors/index.js';
import { isUnconnected } from '../deadline.js';
import type { Movable } from './failover.js';
import { read } from './health.js';
import type { Addresses, Member } from './addresses.js';

/** How long a member may take to answer for itself, in ms: it is not asked for what others have to agree on. */
const limit = 3500;

/** How long what was found is believed, and after how long it may be looked for again, in ms. */
const lasting = 10_000;
const pause = 3000;

/** Which members of the cluster are away: those that do not answer us; as long as none was asked, those that the others miss. */
export class Survey {
  readonly #of: Movable;
  readonly #addresses: Addresses;
  #begun = -Infinity;
  #away: readonly Member[] = [];
  #found = -Infinity;

  constructor(of: Movable, addresses: Addresses) {
    this.#of = of;
    this.#addresses = addresses;
  }

  /** As far as it is known now. */
  get away(): readonly Member[] {
    if (performance.now() - this.#found < lasting) return this.#away;
    return this.#addresses.missed;
  }

  /** Told of an address that was just left since nobody answers there. */
  left(address: string): void {
    const members = this.#addresses.members.filter((one) => one.address === address);
    this.#away = [...this.away.filter((one) => one.address !== address), ...members];
    this.#found = performance.now();
  }

  /** Has it looked at, in the background, unless that was just done. */
  begin(): void {
    if (performance.now() - this.#begun < pause) return;
    this.#begun = performance.now();
    void this.#look();
  }

  async #look(): Promise<void> {
    const here = this.#of.at()?.endpoint.origin;
    const members = this.#addresses.members.filter(({ address }) => address !== here);
    // Those too that the cluster misses: after a leader was lost, it misses members for a while that are well.
    const answers = await Promise.all(members.map(async (one) => this.#answers(one)));
    this.#away = members.filter((_, index) => !answers[index]);
    this.#found = performance.now();
  }

  async #answers({ address }: Member): Promise<boolean> {
    try {
      const { transport } = await this.#of.reach(address);
      try {
        await read(transport, '/1.0', true, limit);
        return true;
      } finally {
        transport.close();
      }
    } catch (error) {
      // While there is no leader, one that is well may be as slow as that.
      return error instanceof TimeoutError && !isUnconnected(error);
    }
  }
}
