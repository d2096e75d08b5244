import { UnsupportedError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { ApiExtension } from '../../rest/endpoints/index.js';
import type { Session } from '../../rest/session.js';
import { productName, serverFacts } from './server-facts.js';

/** @throws UnsupportedError without an extension; `what` is what the server has not got, `instead` what there is to use */
export async function assertExtension(
  session: Session,
  extension: ApiExtension,
  { what, instead }: { what: string; instead?: string },
  { signal }: CallOptions,
): Promise<void> {
  const { product, extensions } = await serverFacts(session, { signal });
  if (extensions.has(extension)) return;
  const remedy = instead === undefined ? '' : `; ${instead}`;
  throw new UnsupportedError(
    `This ${productName(product)} has no ${what}; it lacks the API extension ${extension}${remedy}`,
    extension,
  );
}
