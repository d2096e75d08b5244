import { addressAway, ClusterMemberError, TimeoutError } from '../../errors/index.js';
import { askedOf, type Asked } from '../asked.js';
import { isUnconnected } from '../deadline.js';
import { isWrite } from '../lost-write.js';
import type { Member } from './addresses.js';
import type { Failover } from './failover.js';
import { isGathered } from './owner.js';

/** The error of a request that hangs while members are away one of which it is about, perhaps. */
export function awayError(
  asked: Asked,
  away: readonly Member[],
  waited: number,
  cause?: unknown,
): ClusterMemberError {
  const { method, path } = askedOf(asked);
  const names = away.map(({ name }) => name);
  const which = names.length === 1 ? `member ${names[0]!} does` : `members ${names.join(' and ')} do`;
  const may = isWrite(asked) ? '; it may be carried out when it is back' : '';
  return new ClusterMemberError(
    `${method} ${path}: no answer for ${String(Math.round(waited))} ms, and the cluster ${which} not answer, ` +
      `which may have what was asked for${may}`,
    { method, path, cause, member: names.length === 1 ? names[0] : undefined },
  );
}

/** The same error, or a truer one, of a request that failed for good; `isTimed` as in `Tries`. */
export function toldOf(
  error: unknown,
  request: { method: string; path: string; isTimed: boolean; begun: number },
  failover: Failover | undefined,
): unknown {
  if (!failover) return error;
  if (error instanceof ClusterMemberError) nameMember(error, request.path, failover);
  if (!(error instanceof TimeoutError) || request.isTimed || isUnconnected(error)) return error;
  const away = isGathered(request) ? failover.survey.away : failover.awayFor(request);
  return away.length === 0 ? error : awayError(request, away, performance.now() - request.begun, error);
}

/** Has an error that a server made say which member is away, as far as that is known. */
function nameMember(error: ClusterMemberError, path: string, failover: Failover): void {
  if (error.member !== undefined) return;
  const address = addressAway(error.message);
  const member = address === undefined ? undefined : failover.addresses.nameOf(address);
  const name = member ?? failover.owners.of(path) ?? onlyOne(failover.survey.away);
  if (name !== undefined) Object.assign(error, { member: name });
}

function onlyOne(members: readonly Member[]): string | undefined {
  return members.length === 1 ? members[0]!.name : undefined;
}
