import { ResponseError, type ConnectionAttempt } from '../../errors/index.js';
import type { OperationData } from '../../operations/index.js';
import { peerOf, unreachable, unreached } from '../transfer/peer.js';
import { atMost } from '../transfer/at-most.js';
import type { Begun } from './pull.js';
import { cancel, endOf, offer, openSocket, take, together, type Plan, type Side } from './sides.js';

/** The source connects to the target: every address of it is tried. */
export async function push(plan: Plan, begun: Begun): Promise<OperationData> {
  const { addresses, certificate } = await peerOf(plan.to, { signal: plan.cut });
  const attempts: ConnectionAttempt[] = [];
  let target: Side | undefined;
  let connected = false; // or possibly so
  try {
    for (const address of addresses) {
      plan.cut.throwIfAborted();
      // It waits for its source 10 s or more: often long enough for the next address.
      if (target?.operation.state !== 'running') target = await take(plan, { mode: 'push' });
      begun(target.operation);
      const url = `${address}/1.0/operations/${encodeURIComponent(target.operation.id)}`;
      try {
        connected = true;
        const source = await offer(plan, {
          target: { operation: url, secrets: target.secrets, certificate },
        });
        const sides = [source, target];
        return await together(plan, source, target, async () => {
          await Promise.all(sides.map(cancel));
        });
      } catch (error) {
        if (error instanceof ResponseError || unreachable(error as Error)) connected = false;
        if (plan.cut.aborted || !unreachable(error as Error)) throw error;
        attempts.push({ address, reason: (error as Error).message });
      }
    }
    throw unreached(plan.to, plan.from, attempts);
  } finally {
    if (target && !connected) await dismiss(target);
  }
}

/**
 * Ends a target that nobody has connected to, by a connection that says nothing. Never one that somebody has: a second
 * connection is one too many for LXD 5.0, which dies of it.
 */
async function dismiss(target: Side): Promise<void> {
  const end = endOf(target);
  await cancel(target);
  for (const name of ['control', 'fs']) {
    if (await atMost(end, 300)) return;
    const socket = await openSocket(target, name).catch(() => undefined);
    socket?.terminate();
  }
  await end;
}
