import { UnsupportedError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';
import { assertExtension, serverFacts } from '../kind/server-facts.js';

/** What all under `/1.0/auth` needs. */
export const authNeeds = { product: 'lxd', extension: 'access_management' } as const;

/** @throws UnsupportedError where the server has no `/1.0/auth`: Incus, and LXD before 5.21 */
export async function assertAuth(session: Session, what: string, options: CallOptions): Promise<void> {
  const { product } = await serverFacts(session, options);
  if (product === 'incus') throw new UnsupportedError(`Incus has no ${what}`);
  await assertExtension(session, authNeeds.extension, what, options);
}
