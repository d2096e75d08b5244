import { ProtocolError } from '../../../errors/index.js';
import type { Operation, OperationData } from '../../../operations/index.js';
import type { Session } from '../../../rest/session.js';
import type { Websocket } from '../../../rest/transport.js';

/** Websockets of an operation, by the names that the server gives them: `0`, `1`, `2`, `control`. */
export type Sockets = Readonly<Record<string, Websocket>>;

/** Opens one of them. */
export async function openSocket(
  session: Session,
  operation: Operation<OperationData>,
  name: string,
  signal?: AbortSignal,
): Promise<Websocket> {
  const secret = fdsOf(operation)[name];
  if (secret === undefined) throw noSockets(operation);
  // Never a byte to a socket that only brings output: both servers ping it and close it right after its last byte, and
  // the answer to that ping would meet a closed socket, which loses what is not read yet (seen in 1 of 450 on LXD).
  const pongs = name !== '1' && name !== '2';
  const socket = await session.websocket({ path: pathOf(operation), query: { secret }, signal, pongs });
  socket.on('error', () => undefined); // 'close' follows, and says all that there is to say
  return socket;
}

/**
 * Begins to open all of them side by side, since the server waits 5 to 10 s for the last: the one that starts the command
 * when its control is there. Otherwise a quick command can end while that connects, and LXD 5.0 dies of it (nil pointer
 * in `Operation.Connect`; seen after 1,100 commands).
 */
export function openSockets(
  session: Session,
  operation: Operation<OperationData>,
  signal?: AbortSignal,
): Record<string, Promise<Websocket>> {
  const open = async (name: string) => openSocket(session, operation, name, signal);
  const names = Object.keys(fdsOf(operation)).sort().reverse(); // letters first: the control has the longest way
  const last = names.find((name) => name !== 'control');
  const first = names.filter((name) => name !== last).map((name) => [name, open(name)] as const);
  const opening: Record<string, Promise<Websocket>> = Object.fromEntries(first);
  const start = async (name: string) => {
    await opening.control;
    return open(name);
  };
  return last === undefined ? opening : { ...opening, [last]: start(last) };
}

/** All of them; if one fails, none stays open. */
export async function allOf(
  opening: Readonly<Record<string, Promise<Websocket>>>,
  operation: Operation<OperationData>,
): Promise<Sockets> {
  const names = Object.keys(opening);
  const settled = await Promise.allSettled(Object.values(opening));
  const sockets: Record<string, Websocket> = {};
  const failures: unknown[] = [];
  settled.forEach((one, index) => {
    if (one.status === 'fulfilled') sockets[names[index]!] = one.value;
    else failures.push(one.reason);
  });
  if (failures.length === 0 && names.length > 0) return sockets;
  closeAll(sockets);
  if (failures.length > 0) throw failures[0] as Error;
  throw noSockets(operation);
}

/** Ends them all. */
export function closeAll(sockets: Sockets): void {
  for (const socket of Object.values(sockets)) socket.terminate();
}

/** @throws ProtocolError if the server names no websockets */
function fdsOf(operation: Operation<OperationData>): Record<string, string> {
  const { fds } = operation.metadata;
  if (typeof fds !== 'object' || fds === null || Array.isArray(fds)) throw noSockets(operation);
  if (!Object.values(fds).every((secret) => typeof secret === 'string')) throw noSockets(operation);
  return fds as Record<string, string>;
}

function noSockets(operation: Operation<OperationData>): ProtocolError {
  const path = pathOf(operation);
  return new ProtocolError(`GET ${path}: the server named no websockets to connect to`, {
    method: 'GET',
    path,
  });
}

function pathOf({ id }: Operation<OperationData>): string {
  return `/1.0/operations/${id}/websocket`;
}
