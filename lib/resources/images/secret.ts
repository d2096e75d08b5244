import { ProtocolError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import type { Session } from '../../rest/session.js';

/** A word that lets who is not trusted have an image once. */
export async function createSecret(
  session: Session,
  image: string,
  options: CallOptions = {},
): Promise<string> {
  const path = `${image}/secret`;
  const { metadata } = await session.send({ method: 'POST', path, ...options });
  return secretOf(metadata, `POST ${path}`);
}

/** That of the token operation which a server answers with. */
export function secretOf(operation: unknown, asked: string): string {
  const { metadata } = (operation ?? {}) as { metadata?: { secret?: unknown } | null };
  const secret = metadata?.secret;
  if (typeof secret === 'string' && secret !== '') return secret;
  throw new ProtocolError(`${asked}: the server gave no secret`);
}
