import { InvalidInputError } from '../../errors/index.js';
import { isMap, type CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { isProtected } from '../instances/delete.js';
import { instanceStore } from '../instances/store.js';

/**
 * Looks at all instances of a project before anything of it is deleted: Incus would take the protection away.
 * @throws InvalidInputError that names those that are protected
 */
export async function assertUnprotected(
  client: Session,
  project: string,
  { signal }: CallOptions,
): Promise<void> {
  const list = await instanceStore(client.derive({ project })).list(1, { signal });
  const names = list.flatMap((one) => (isMap(one) && isProtected(one) ? [one.name as string] : [])).sort();
  if (names.length === 0) return;
  const which = names.map((name) => `'${name}'`).join(', ');
  const are = names.length === 1 ? `instance ${which} in it is` : `instances ${which} in it are`;
  throw new InvalidInputError(
    `The project '${project}' was not deleted, since the ${are} protected from being deleted (security.protection.delete); nothing was done`,
  );
}
