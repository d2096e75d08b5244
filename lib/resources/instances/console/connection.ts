import { setTimeout as delay } from 'node:timers/promises';
import {
  BusyError,
  ClosedError,
  ConnectionError,
  ServerError,
  UnsupportedError,
} from '../../../errors/index.js';
import { start, type Operation, type OperationData } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import { serverFacts } from '../../kind/server-facts.js';
import { openSocket } from '../exec/connection.js';
import type { ConsolePlan } from './options.js';
import { sayGoodbye } from './stream.js';

/** Times in ms. */
const times = {
  /** For the server's end of a console whose sockets are closed. */
  end: 3_000,
  /** For the end of one whose connection is gone: the server may have ended both. */
  verdict: 1_000,
};

/** A console at the server; it begins when its sockets are connected. */
export interface Requested {
  session: Session;
  operation: Operation<OperationData>;
  /** Which one, for messages. */
  name: string;
}

export async function requestConsole(
  session: Session,
  path: string,
  where: string,
  { body, signal }: ConsolePlan,
): Promise<Requested> {
  if (body.force) await assertForce(session, signal);
  const name = `The console of ${where}`;
  const request = { method: 'POST', path: `${path}/console`, body, signal };
  try {
    return { session, name, operation: await start(session, request, (data) => data, { waited: true }) };
  } catch (error) {
    if (!(error instanceof ServerError && /already connected/i.test(error.message))) throw error;
    const message = `${name} is in use by another session: detach that, or pass \`force: true\` to take it over`;
    throw new BusyError(message, { method: 'POST', path: request.path, cause: error });
  }
}

async function assertForce(session: Session, signal: AbortSignal | undefined): Promise<void> {
  const { extensions } = await serverFacts(session, { signal });
  if (extensions.has('console_force')) return;
  throw new UnsupportedError(
    'console(): `force` needs the API extension console_force, which Incus has and LXD has not',
    'console_force',
  );
}

/**
 * A console that nobody connects to lives on: Incus lets it be cancelled, LXD ends it when it was connected and left.
 * Resolves when it is over: Incus is at it for a moment after it has agreed.
 */
export async function abandon(requested: Requested): Promise<void> {
  const { session, operation } = requested;
  try {
    await operation.cancel();
  } catch {
    const opening = ['0', 'control'].map(async (name) => openSocket(session, operation, name));
    const [data, control] = await Promise.allSettled(opening);
    if (data?.status === 'fulfilled') await sayGoodbye(data.value);
    if (control?.status === 'fulfilled') control.value.terminate();
  }
  await settled(requested);
}

/** Waits for the server's end of a console that was left, and sees to it if it does not come. */
export async function settled({ session, operation }: Requested): Promise<void> {
  await operation.wait({ timeout: times.end }).catch(() => undefined); // LXD calls leaving it a failure
  if (operation.state !== 'running') return;
  // Over a link that may be dead, so that it must not take long.
  const request = { method: 'DELETE', path: `/1.0/operations/${operation.id}`, timeout: times.end };
  await session.send(request).catch(() => undefined);
}

/** The end of a console whose control socket brings no answer any more. */
export function silent({ operation, name }: Requested): ConnectionError {
  return new ConnectionError(`${name}: nothing was heard of the server for 25 s, so the connection is dead`, {
    operation: operation.id,
  });
}

/** Why a socket of it closed without a word; undefined if the console ended. */
export async function lost({ session, operation, name }: Requested): Promise<Error | undefined> {
  const late = delay(times.verdict, undefined, { ref: false });
  await Promise.race([operation.wait().catch(() => undefined), late]);
  if (session.connection.closed) return new ClosedError(`${name}: the client was closed`);
  if (operation.state !== 'running') return undefined;
  return new ConnectionError(`${name}: the connection was lost`, { operation: operation.id });
}
