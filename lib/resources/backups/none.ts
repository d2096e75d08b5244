import { InvalidInputError } from '../../errors/index.js';
import type { CallOptions } from '../../orm/index.js';
import { asTexts } from '../../rest/answers.js';
import type { Session } from '../../rest/session.js';
import { lastIn } from '../kind/path.js';

/** Refuses to move what has backups: the servers copy it and delete the old one, and its backups with it. */
export async function assertNoBackups(
  session: Session,
  path: string,
  method: string,
  options: CallOptions,
): Promise<void> {
  const request = { method: 'GET', path: `${path}/backups`, ...options };
  const urls = asTexts(await session.send(request), request);
  const names = urls.map(lastIn);
  if (names.length === 0) return;
  throw new InvalidInputError(
    `${method}(): the server would delete its backups (${names.join(', ')}) with the move: export them if they are needed, and delete them first`,
  );
}
