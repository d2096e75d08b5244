import { isLxdError, ResponseError, TimeoutError, UnavailableError } from '../../errors/index.js';
import { isUnconnected } from '../deadline.js';
import { openEnvelope } from '../envelope.js';
import type { Transport } from '../transport.js';
import { membersFrom, type Member } from './addresses.js';

/**
 * How a member is: `well`, it knows what the database does; `stuck`, it answers for itself alone, as all members do while
 * they have no leader; `dead`, nobody answers there who may be believed.
 */
export type Health = 'well' | 'stuck' | 'dead';

export interface Findings {
  health: Health;
  /** All members, where it is well and we may see them. */
  members: readonly Member[];
  /** What keeps it from being well. */
  reason?: string;
  /** Whether it said nothing at all: what is under way there may be silent for ever. */
  isSilent?: boolean;
}

/** How long it may take to connect, and with that to answer for itself, and then for the database, in ms. */
const limit = 5500;

/** How much of that is for the answer at least: who has taken a connection is no host that hangs. */
const forAnswer = 500;

/**
 * Asks a member how it is, over a connection that is new with the transport: on one that is open, a frozen host is only
 * silent. `onAlive` is called as soon as it has answered for itself. Never rejects.
 */
export async function healthOf(
  transport: Transport,
  {
    trusted = false,
    background = false,
    onAlive,
  }: { trusted?: boolean; background?: boolean; onAlive?: () => void } = {},
): Promise<Findings> {
  try {
    const server = await read(transport, '/1.0', background);
    if (trusted && (server as { auth?: unknown } | null)?.auth !== 'trusted') {
      return { health: 'dead', members: [], reason: 'it does not trust us' };
    }
  } catch (error) {
    const isSilent = isUnconnected(error);
    // It has taken the connection, and no more than that.
    const health = error instanceof TimeoutError && !isSilent ? 'stuck' : 'dead';
    return { health, members: [], reason: said(error), isSilent };
  }
  onAlive?.();
  try {
    // Not /1.0, which a member without a majority answers too.
    return { health: 'well', members: membersFrom(await read(transport, listed, background)) };
  } catch (error) {
    if (isFinal(error)) return { health: 'well', members: [] };
    return { health: 'stuck', members: [], reason: said(error) };
  }
}

/** The list of the members with their addresses. */
export const listed = '/1.0/cluster/members?recursion=1';

/** The metadata of one answer. @throws what went wrong */
export async function read(
  transport: Transport,
  path: string,
  background: boolean,
  timeout = limit,
): Promise<unknown> {
  const request = {
    method: 'GET',
    path,
    timeout,
    begun: performance.now(),
    connectTimeout: timeout - forAnswer,
    background,
  };
  return openEnvelope(await transport.request(request), request).metadata;
}

/** That we may not see the members, or that there are none, is an answer of a server that works. */
export function isFinal(error: unknown): boolean {
  if (!(error instanceof ResponseError) || error instanceof UnavailableError) return false;
  return (error.status ?? 500) < 500 || /not clustered/i.test(error.message);
}

function said(error: unknown): string {
  if (isLxdError(error)) return error.message;
  throw error;
}
