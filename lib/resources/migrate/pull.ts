import type { ConnectionAttempt } from '../../errors/index.js';
import type { Operation, OperationData } from '../../operations/index.js';
import { peerOf, unreachable, unreached } from '../transfer/peer.js';
import { atMost } from '../transfer/at-most.js';
import { cancel, offer, take, together, type Plan, type Side } from './sides.js';

/** Gets the target's operation as soon as it is known: there is something to clean up then. */
export type Begun = (target: Operation<OperationData>) => void;

/** For how long, in ms, a source that does not tell of progress is taken for one that does not move yet. */
const beginning = 10_000;

/** The target connects to the source: every address of it is tried. */
export async function pull(plan: Plan, begun: Begun): Promise<OperationData> {
  const { addresses, certificate } = await peerOf(plan.from, { signal: plan.cut });
  const attempts: ConnectionAttempt[] = [];
  for (const address of addresses) {
    plan.cut.throwIfAborted();
    const source = await offer(plan); // anew for each address: it waits for its target 10 s, and once
    try {
      const { operation, secrets } = source;
      const url = `${address}/1.0/operations/${encodeURIComponent(operation.id)}`;
      const target = await takeFrom(plan, source, { mode: 'pull', operation: url, secrets, certificate });
      begun(target.operation);
      return await together(plan, source, target, async (moving) => {
        // LXD 5.0 dies of it while the two still greet each other (a nil connection), so that has to be over.
        await atMost(moving, beginning);
        await cancel(source);
      });
    } catch (error) {
      if (plan.cut.aborted || !unreachable(error as Error)) throw error;
      attempts.push({ address, reason: (error as Error).message });
    }
  }
  throw unreached(plan.from, plan.to, attempts);
}

async function takeFrom(plan: Plan, source: Side, more: Parameters<typeof take>[1]): Promise<Side> {
  try {
    return await take(plan, more);
  } catch (error) {
    await cancel(source);
    throw error;
  }
}
