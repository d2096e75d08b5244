import { ForbiddenError, milliseconds, NotFoundError } from '../errors/index.js';
import { fillPath } from './endpoints/path.js';
import { explainForbidden } from './refused-hint.js';
import type { ApiRequest, Session } from './session.js';
import type { TurnLimits } from './turns.js';

const says = /\bproject not found\b/i;

/** What is found by its own id, whatever the project is. */
const anywhere = /^\/1\.0\/(operations|projects)\//;

/**
 * Refuses a project that is not there, which servers show as an empty one. Asked once for each project of a connection,
 * and never of `default`; `timeout` is counted from `begun` on. @throws NotFoundError for a project that is not there
 */
export async function assertProject(
  session: Session,
  { signal, timeout: whole }: TurnLimits,
  begun: number,
): Promise<void> {
  const project = await session.project(); // that of the remote, where the client names none
  const { known, turn } = session.connection.projects;
  if (project === 'default' || known.has(project)) return;
  const limit = milliseconds(whole);
  const timeout = limit && Math.max(1, limit - (performance.now() - begun));
  const ask = async () => {
    if (known.has(project)) return; // by who was before
    const request = { method: 'GET', path: fillPath('/1.0/projects/{name}', { name: project }) };
    try {
      await session.send({ ...request, signal, timeout });
    } catch (error) {
      if (error instanceof NotFoundError && says.test(error.message)) throw missing(project, error);
      // What must not be seen is there, as far as anybody can tell: LXD says 403, or 404 in other words.
      if (!(error instanceof NotFoundError || error instanceof ForbiddenError)) throw error;
    }
    known.add(project);
  };
  await turn.take(ask, { signal, timeout });
}

/**
 * Throws what a refusal means: "not found" can be said of things in a project that is not there, and "project not found"
 * of the request's own, which the server does not name, or of another. And a refusal has no word about what
 * can be done.
 */
export async function explainMissing(
  session: Session,
  request: ApiRequest,
  error: unknown,
  begun: number,
  isWebsocket = false,
): Promise<never> {
  if (error instanceof ForbiddenError) {
    throw await explainForbidden(session, request, error, { begun, isWebsocket });
  }
  if (!(error instanceof NotFoundError) || anywhere.test(request.path)) throw error;
  const isSaid = says.test(error.message); // by LXD with a 500 for its events
  const named = request.query?.project;
  const isElsewhere = named !== undefined || /[?&]project=/.test(request.path);
  if (isSaid ? isElsewhere && typeof named !== 'string' : isElsewhere || error.status !== 404) throw error;
  const scope = typeof named === 'string' ? session.derive({ project: named }) : session;
  if (isSaid) forgetProject(scope, await scope.project()); // it may be gone since
  await assertProject(scope, request, begun).catch((reason: unknown) => {
    throw reason instanceof NotFoundError ? reason : error; // it stays what it was, as far as is known
  });
  throw error;
}

function missing(project: string, cause: NotFoundError): NotFoundError {
  const { status, method, path } = cause;
  const message = `Project not found: the server has no project '${project}'; create it, or see client.projects.names()`;
  return new NotFoundError(message, { cause, status, method, path });
}

/** Forgets that a project is there: it was renamed or deleted. */
export function forgetProject({ connection }: Session, project: string): void {
  connection.projects.known.delete(project);
}
