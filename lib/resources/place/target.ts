import { InvalidInputError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertName } from '../kind/given.js';
import { assertExtension } from '../kind/server-facts.js';

/** Whether a target names a group of cluster members. */
export function isGroup(target: unknown): target is string {
  return typeof target === 'string' && target.startsWith('@');
}

/** Refuses what is no cluster member's name, where one is given. @throws InvalidInputError */
export function assertMember(target: unknown, where: string): asserts target is string | undefined {
  assertName(target, where);
  if (!isGroup(target)) return;
  throw new InvalidInputError(
    `${where} must be the name of a cluster member, not a group (${target}): only instances, their copies and their moves take one`,
  );
}

/** Refuses what is neither a cluster member's name nor `@group`, where one is given. @throws InvalidInputError */
export function assertPlacement(target: unknown, where: string): asserts target is string | undefined {
  assertName(target, where);
  if (target === '@') throw new InvalidInputError(`${where} must be a cluster member or '@group', not '@'`);
}

/**
 * Refuses a group where the server knows none; costs a request where nothing is known of the server yet.
 * @throws UnsupportedError without the API extension clustering_groups
 */
export async function assertGroups(
  session: Session,
  target: string | undefined,
  options: CallOptions,
): Promise<void> {
  if (isGroup(target)) await assertExtension(session, 'clustering_groups', 'cluster groups', options);
}
