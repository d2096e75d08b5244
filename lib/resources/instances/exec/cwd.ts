import { InvalidInputError, NotFoundError } from '../../../errors/index.js';
import type { Session } from '../../../rest/session.js';
import { FileRequests } from '../../files/requests.js';

/** Refuses a directory to run in that is not there: the servers would run the command in `/`, with exit code 0. */
export async function assertCwd(
  session: Session,
  instance: string,
  where: string,
  cwd: string,
  signal: AbortSignal | undefined,
): Promise<void> {
  const requests = new FileRequests({ session: () => session, path: () => instance, title: () => where });
  const opened = await requests.follow(cwd, { signal }).catch((error: unknown) => {
    if (!(error instanceof NotFoundError)) throw error;
    throw new NotFoundError(`exec(): there is no directory ${JSON.stringify(cwd)} to run in, in ${where}`, {
      status: 404,
      cause: error,
    });
  });
  opened.body.destroy();
  if (opened.info.isDirectory()) return;
  throw new InvalidInputError(
    `exec(): cwd ${JSON.stringify(cwd)} in ${where} is not a directory but a ${opened.info.type}`,
  );
}
