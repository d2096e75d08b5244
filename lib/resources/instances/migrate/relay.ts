import { ProtocolError } from '../../../errors/index.js';
import type { OperationData } from '../../../operations/index.js';
import type { Websocket } from '../../../rest/transport.js';
import type { Begun } from './pull.js';
import { pump } from './pump.js';
import { cancel, endOf, offer, openSocket, take, together, type Plan, type Side } from './sides.js';

/** This process connects to both, and carries what they say to each other. */
export async function relay(plan: Plan, begun: Begun): Promise<OperationData> {
  const source = await offer(plan);
  let target: Side | undefined;
  const sockets: Websocket[] = [];
  try {
    target = await take(plan, { mode: 'push' });
    begun(target.operation);
    const names = namesOf(source, target);
    const [ours, theirs] = await Promise.all([
      openAll(source, names, sockets, plan.cut),
      openAll(target, names, sockets, plan.cut),
    ]);
    for (const [index, socket] of ours.entries()) void pump(socket, theirs[index]!);
    return await together(plan, source, target, () => closeAll(sockets));
  } catch (error) {
    closeAll(sockets);
    // Its connections gone it ends by itself; what was not connected to yet, the server ends after 10 to 30 s.
    if (sockets.length === 0) await cancel(source);
    if (target) await endOf(target);
    throw error;
  } finally {
    closeAll(sockets);
  }
}

/** Which sockets there are, the control first. */
function namesOf(source: Side, target: Side): string[] {
  const names = Object.keys(source.secrets).sort((a, b) => Number(b === 'control') - Number(a === 'control'));
  const missing = ['control', ...Object.keys(target.secrets), ...names].find(
    (name) => !(name in source.secrets) || !(name in target.secrets),
  );
  if (missing === undefined) return names;
  const silent = missing in source.secrets ? 'target' : 'source';
  throw new ProtocolError(
    `The ${silent} of the migration has no socket '${missing}', which the other side needs`,
  );
}

/** One after the other: LXD 5.0 dies of two that come at the same time (it closes a channel twice). */
async function openAll(
  side: Side,
  names: string[],
  opened: Websocket[],
  signal: AbortSignal,
): Promise<Websocket[]> {
  const sockets: Websocket[] = [];
  for (const name of names) {
    const socket = await openSocket(side, name, signal);
    opened.push(socket);
    sockets.push(socket);
  }
  return sockets;
}

function closeAll(sockets: readonly Websocket[]): void {
  for (const socket of sockets) socket.terminate();
}
