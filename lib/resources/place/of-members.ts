import {
  AbortedError,
  ClosedError,
  ClusterMemberError,
  isLxdError,
  type LxdError,
  type OptionNames,
} from '../../errors/index.js';
import { callNames } from '../../operations/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { membersOf } from './members.js';

/** Whether one or all members of a cluster are asked. */
export interface AllMembersOptions extends CallOptions {
  /** Each member of the server's cluster, in place of the one that is connected or the client's target. */
  allMembers?: boolean | undefined;
}

/** For `assertOptions()`. */
export const allMembersNames: OptionNames<AllMembersOptions> = { ...callNames, allMembers: true };

/** What the members of a cluster tell, each of itself. */
export interface OfMembers<T> {
  /** By the names of the members; that of a server that is in no cluster is `none`, as in `location`. */
  members: Map<string, T>;
  /** Why some tell nothing: those that are away. */
  failed: Map<string, LxdError>;
}

/**
 * Asks each member of the server's cluster, at the same time; `timeout` is for each. Members that are offline are not asked.
 * @throws what the list of members fails with; AbortedError; ClosedError
 */
export async function ofMembers<T>(
  session: Session,
  options: CallOptions,
  ask: (session: Session) => Promise<T>,
): Promise<OfMembers<T>> {
  const states = await membersOf(session, options);
  const [members, failed] = [new Map<string, T>(), new Map<string, LxdError>()];
  if (!states)
    return { members: members.set('none', await ask(session.derive({ target: undefined }))), failed };
  const asked = states.map(async ({ name, status }) => {
    if (status === 'Offline') return new ClusterMemberError(`${name} is offline`, { member: name });
    try {
      return { told: await ask(session.derive({ target: name })) };
    } catch (error) {
      if (!isLxdError(error) || error instanceof AbortedError || error instanceof ClosedError) throw error;
      return error;
    }
  });
  const answers = await Promise.all(asked);
  for (const [index, { name }] of states.entries()) {
    const answer = answers[index];
    if (isLxdError(answer)) failed.set(name, answer);
    else if (answer) members.set(name, answer.told);
  }
  return { members, failed };
}
