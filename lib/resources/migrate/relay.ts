import { ProtocolError } from '../../errors/index.js';
import type { OperationData } from '../../operations/index.js';
import type { Websocket } from '../../rest/transport.js';
import type { Begun } from './pull.js';
import { pump } from './pump.js';
import { cancel, endOf, offer, openSocket, take, together, type Plan, type Side } from './sides.js';

/** This process connects to both, and carries what they say to each other. */
export async function relay(plan: Plan, begun: Begun): Promise<OperationData> {
  const source = await offer(plan);
  const target = await take(plan, { mode: 'push' }).catch(async (error: unknown) => {
    await cancel(source);
    throw error;
  });
  begun(target.operation);
  const ours: Websocket[] = [];
  const theirs: Websocket[] = [];
  const close = () => {
    for (const socket of [...ours, ...theirs]) socket.terminate();
  };
  let names: string[] | undefined;
  try {
    names = namesOf(source, target);
    // All of them even if it is in vain: a side that has lost its connections ends, one that waits for some does not.
    const opening = await Promise.allSettled([openAll(source, names, ours), openAll(target, names, theirs)]);
    for (const one of opening) if (one.status === 'rejected') throw one.reason as Error;
    for (const [index, socket] of ours.entries()) void pump(socket, theirs[index]!);
    return await together(plan, source, target, close);
  } catch (error) {
    close();
    // Never while it greets the other, of which LXD 5.0 dies; connected as it is it ends by itself.
    if (ours.length !== names?.length) await cancel(source);
    await endOf(target);
    throw error;
  } finally {
    close();
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
async function openAll(side: Side, names: string[], opened: Websocket[]): Promise<void> {
  for (const name of names) opened.push(await openSocket(side, name));
}
