import type { Call } from '../http/call.js';
import { Refusal } from '../state/refusal.js';

/** What is said when the database has had no leader for long, and whether those who only read wait on. */
const quirks = {
  lxd: {
    readsWait: false,
    refusal: () => new Refusal(500, 'Failed to begin transaction: context deadline exceeded'),
  },
  incus: {
    readsWait: true,
    refusal: () =>
      new Refusal(
        503,
        'Failed to begin transaction: failed to create cowsql connection: no available cowsql leader server found',
      ),
  },
};

/** Resolves when the database can answer, which most requests need: while its leader is down, nothing can be read or written. */
export async function led(call: Call): Promise<void> {
  const { cluster, clock, product } = call.state;
  if (!cluster || cluster.isLed || !asksDatabase(call)) return;
  const { readsWait, refusal } = quirks[product.name];
  const waits = readsWait && call.request.method === 'GET';
  await new Promise<void>((resolve, reject) => {
    const giveUp = (): void => {
      callOff();
      reject(refusal());
    };
    // A new leader is there by then, if there can be one.
    const callOffTimer = waits ? undefined : clock.after(cluster.times.hang * 1.5, giveUp);
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
