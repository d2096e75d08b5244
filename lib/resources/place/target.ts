import { InvalidInputError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertName } from '../kind/given.js';
import { assertExtension } from '../kind/server-facts.js';

/** Refuses what is no cluster member's name, where one is given. @throws InvalidInputError */
export function assertMember(target: unknown, where: string): asserts target is string | undefined {
  assertName(target, where);
  if (!isGroup(target)) return;
  throw new InvalidInputError(
    `${where} must be the name of a cluster member, not of a group (${target}): groups are for new instances, their copies and their moves`,
  );
}

/**
 * Refuses what is neither a cluster member's name nor `@group`, where one is given. Costs a request for a group where nothing
 * is known of the server yet.
 * @throws InvalidInputError; UnsupportedError for a group without the API extension clustering_groups
 */
export async function assertPlacement(
  session: Session,
  target: unknown,
  where: string,
  options: CallOptions = {},
): Promise<void> {
  assertName(target, where);
  if (!isGroup(target)) return;
  if (target === '@') throw new InvalidInputError(`${where} must be a cluster member or '@group', not '@'`);
  await assertExtension(session, 'clustering_groups', 'cluster groups', options);
}

function isGroup(target: unknown): target is string {
  return typeof target === 'string' && target.startsWith('@');
}
