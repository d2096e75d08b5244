import { isLxdError } from '../../errors/index.js';
import type { Reached } from './failover.js';
import { healthOf } from './health.js';

/** What is looked for. */
interface Search {
  reach(address: string): Promise<Reached>;
  /** Whether only one that trusts us is as good. */
  trusted: boolean;
  /** Whether one that answers for itself alone is better than none. */
  orStuck: boolean;
  onDead(address: string, reason: string): void;
}

/** How many are asked at the same time. */
const atOnce = 3;

/** After how many ms one that answers for itself alone is taken: a cluster without a leader elects one. */
const patience = 500;

/** The first of some addresses whose server is well, or of those that are stuck if none is; undefined if all are dead. */
export async function firstWell(addresses: readonly string[], search: Search): Promise<Reached | undefined> {
  return new Promise((resolve) => {
    const waiting = [...addresses];
    const reached = new Set<Reached>();
    let stuck: Reached | undefined;
    let asked = 0;
    let isLate = false;
    let isOver = false;
    const settle = (found?: Reached) => {
      if (isOver) return;
      isOver = true;
      clearTimeout(timer);
      for (const one of reached) if (one !== found) one.transport.close();
      resolve(found);
    };
    const timer = setTimeout(() => {
      isLate = true;
      if (stuck && search.orStuck) settle(stuck);
    }, patience);
    const ask = async (address: string): Promise<void> => {
      try {
        const one = await search.reach(address);
        if (isOver) {
          one.transport.close();
          return;
        }
        reached.add(one);
        const onAlive = () => {
          stuck ??= one;
          if (isLate && search.orStuck) settle(one);
        };
        const { health, reason = '' } = await healthOf(one.transport, { trusted: search.trusted, onAlive });
        if (health === 'well') settle(one);
        else if (health === 'dead' && !isOver) search.onDead(address, reason);
      } catch (error) {
        if (!isLxdError(error)) throw error;
        search.onDead(address, error.message);
      }
    };
    const next = (): void => {
      const address = waiting.shift();
      if (address === undefined) {
        if (asked === 0) settle(search.orStuck ? stuck : undefined);
        return;
      }
      asked += 1;
      void ask(address).finally(() => {
        asked -= 1;
        next();
      });
    };
    for (let i = 0; i < atOnce; i++) next();
  });
}
