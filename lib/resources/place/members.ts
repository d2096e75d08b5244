import { isLxdError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asObjects } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';

/** A cluster member, as far as it matters to where things are. */
export interface MemberState {
  name: string;
  /** `Online`, `Offline`, `Evacuated`, `Blocked`; other states on newer servers. */
  status: string;
}

/** What both servers say where there is no cluster. */
const isNone = /\bserver is not clustered\b/i;

/** The members of the server's cluster, by name (GET /1.0/cluster/members); undefined if it is in none. */
export async function membersOf(
  session: Session,
  options: CallOptions = {},
): Promise<MemberState[] | undefined> {
  const request = { method: 'GET', path: '/1.0/cluster/members', query: { recursion: 1 }, ...options };
  try {
    const answer = await session.derive({ target: undefined }).send(request);
    const members = asObjects<{ server_name?: unknown; status?: unknown }>(answer, request);
    return members
      .map(({ server_name: name, status }) => ({ name: String(name), status: String(status) }))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  } catch (error) {
    if (isLxdError(error) && isNone.test(error.message)) return undefined;
    throw error;
  }
}
