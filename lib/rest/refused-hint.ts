import { ForbiddenError, milliseconds } from '../errors/index.js';
import type { ApiRequest, Session } from './session.js';

/** In ms: what is only told beside an error is not waited for any longer. */
const patience = 5000;

/** Where a refusal is about what was sent there, or is asked in order to learn this. */
const aboutItself = /^\/1\.0$|^\/1\.0\/(certificates|auth\/identities\/tls)$/;

/**
 * A refusal with what can be done: the dates of our certificate, trust, or a project that one may see. Whether the server
 * trusts us, it is asked once, but for what is a websocket: who listens tries again on his own.
 */
export async function explainForbidden(
  session: Session,
  request: ApiRequest,
  error: ForbiddenError,
  { begun, isWebsocket }: { begun: number; isWebsocket: boolean },
): Promise<ForbiddenError> {
  const { connection } = session;
  const remedy = connection.ownTrouble ?? (await remedyFor(session, request, error, { begun, isWebsocket }));
  if (remedy === undefined) return error;
  const { message, cause, status, method, path } = error;
  return new ForbiddenError(`${message}; ${remedy}`, { cause, status, method, path });
}

async function remedyFor(
  session: Session,
  request: ApiRequest,
  { status }: ForbiddenError,
  { begun, isWebsocket }: { begun: number; isWebsocket: boolean },
): Promise<string | undefined> {
  if (status !== 403) return restricted; // Incus's words, to who is trusted
  const { endpoint } = await session.connection.open();
  if (endpoint.kind === 'unix' || (request.method === 'POST' && aboutItself.test(request.path)))
    return undefined;
  if (isWebsocket || request.path === '/1.0') return undefined;
  const server = await serverSays(session, request, begun);
  if (server === undefined) return undefined;
  if (server.auth !== 'untrusted') return server.auth_user_method === 'oidc' ? ofGroups : restricted;
  const isBearer = session.connection.credentials().bearer !== undefined;
  return isBearer ? untrustedBearer : untrusted;
}

/** What `/1.0` says, where it can be read in time. */
async function serverSays(
  session: Session,
  { signal, timeout }: ApiRequest,
  begun: number,
): Promise<{ auth?: unknown; auth_user_method?: unknown } | undefined> {
  const rest = (milliseconds(timeout) ?? Infinity) - (performance.now() - begun);
  if (rest <= 0 || signal?.aborted) return undefined;
  const request = { method: 'GET', path: '/1.0', signal, timeout: Math.min(patience, rest) };
  const server = session.derive({ project: undefined, target: undefined });
  // The refusal is what counts.
  const answer = await server.ask(request).catch(() => undefined);
  return answer && (Object(answer.metadata) as { auth?: unknown; auth_user_method?: unknown });
}

const untrusted =
  "the server does not trust this client (server.auth is 'untrusted'): get a token, and pass it to " +
  'Client.connect({ token }) or client.authenticate(token)';

const untrustedBearer =
  "the server does not trust this client (server.auth is 'untrusted'): its bearer token is wrong, has expired or was " +
  'replaced, so ask for a new one';

const restricted =
  'the server trusts this client, but not for this: a certificate may be restricted to projects, which ' +
  'client.useProject() chooses, and an identity to what its groups allow';

const ofGroups = 'the server trusts this client, but not for this: it may do what its groups allow';
