import type { Call } from '../http/call.js';
import { Refusal } from '../state/refusal.js';

/** What is said of a write when the database has had no leader for long, and of a read; where nothing is, that waits on. */
const quirks = {
  lxd: {
    database: 'dqlite',
    read: new Refusal(500, 'Failed to begin transaction: context deadline exceeded'),
  },
  incus: { database: 'cowsql', read: undefined },
};

const noLeader = (database: string): Refusal =>
  new Refusal(
    503,
    `Failed to begin transaction: failed to create ${database} connection: no available ${database} leader server found`,
  );

/** Resolves when the database can answer, which most requests need: while its leader is down, nothing can be read or written. */
export async function led(call: Call): Promise<void> {
  const { cluster, clock, product } = call.state;
  if (!cluster || cluster.isLed || !asksDatabase(call)) return;
  const { database, read } = quirks[product.name];
  const refusal = call.request.method === 'GET' ? read : noLeader(database);
  await new Promise<void>((resolve, reject) => {
    // A new leader is there by then, if there can be one.
    const callOffTimer =
      refusal &&
      clock.after(cluster.times.hang * 1.5, () => {
        callOff();
        reject(refusal);
      });
    const callOff = cluster.onChange(() => {
      if (!cluster.isLed) return;
      callOff();
      callOffTimer?.();
      resolve();
    });
  });
}

/** All but what a daemon knows of itself, and of operations of its own. */
function asksDatabase({ request, target, state }: Call): boolean {
  const { path, segments, query } = target;
  if (path === '/' || path.startsWith('/internal/')) return false;
  if (path === '/1.0' && request.method === 'GET' && !query.get('target')) return false;
  const isOperation = segments[1] === 'operations' && segments[2] !== undefined;
  return !isOperation || state.operations.memberOf(segments[2] ?? '') !== state.here;
}
