import { Readable } from 'node:stream';
import { CertificateError, milliseconds, ResponseError } from '../errors/index.js';
import { askedOf } from './asked.js';
import type { Connection } from './connection.js';
import type { Answer } from './envelope.js';
import { within } from './first-way.js';
import type { ApiRequest, Session } from './session.js';

/** What a request does to the certificate that the server shows. */
export interface PinChange {
  /** The new one as PEM text; undefined where the server makes it. */
  to: string | undefined;
}

/** Undefined for nearly all requests: those that form or join a cluster, and those that replace its certificate, do. */
export function pinChangeOf({ method, path, body }: ApiRequest): PinChange | undefined {
  if (method !== 'PUT' || !path.startsWith('/1.0/cluster')) return undefined;
  const [plain] = path.split('?');
  const given = (body ?? {}) as { enabled?: unknown; cluster_certificate?: unknown };
  const { cluster_certificate: pem } = given;
  const to = typeof pem === 'string' && pem !== '' ? pem : undefined;
  if (plain === '/1.0/cluster/certificate') return to === undefined ? undefined : { to };
  return plain === '/1.0/cluster' && given.enabled === true ? { to } : undefined;
}

/** Sends such a request, and has the connection's pin follow; where none is pinned it is sent like every other request. */
export async function sendChange(session: Session, request: ApiRequest, { to }: PinChange): Promise<Answer> {
  const { connection } = session;
  await connection.open();
  if (!connection.isPinned) return session.ask(request);
  // From some moment on new connections show it, before the answer says so.
  const revert = to === undefined ? undefined : connection.alsoPin(to);
  // Sockets that are open go on after the change: over one of its own the server itself says what it shows now.
  const twin = connection.twin();
  const over = session.over(twin);
  let settle = (): void => undefined;
  connection.changing = new Promise<void>((resolve) => (settle = resolve)).finally(() => twin.close());
  try {
    const answer = await over.ask(request);
    const following = follow(over, connection, answer, to).finally(() => settle());
    if (answer.type === 'sync') await following;
    return answer;
  } catch (error) {
    // Of an answer that was lost nobody knows: either certificate is right.
    if (error instanceof ResponseError) revert?.();
    settle();
    throw error;
  }
}

/** Never rejects: what could not be learnt is told by the next request that cannot be made. */
async function follow(
  over: Session,
  connection: Connection,
  { type, operation = '' }: Answer,
  to: string | undefined,
): Promise<void> {
  try {
    if (type === 'sync' && to !== undefined) {
      connection.repin(to);
      return;
    }
    const path = operation.replace(/\?|$/, '/wait$&');
    await over.ask({ method: 'GET', path, patient: true }).catch(() => undefined); // whose it is, hears of it
    const { metadata } = await over.ask({ method: 'GET', path: '/1.0' });
    const { environment } = (metadata ?? {}) as { environment?: { certificate?: unknown } };
    if (typeof environment?.certificate === 'string') connection.repin(environment.certificate);
  } catch (error) {
    connection.log.warn?.(`The server's new certificate is not known: ${(error as Error).message}`);
  }
}

/** What is asked, and how long that may take. */
type Changeable = Pick<ApiRequest, 'method' | 'path' | 'body' | 'signal' | 'timeout'>;

/**
 * Runs what may open a connection, and once more where that showed another certificate than expected because it was just
 * changed through this client: nothing was sent then. What reads a stream cannot run twice, and waits for the change instead.
 */
export async function overChanges<T>(
  { connection }: Session,
  request: Changeable,
  work: () => Promise<T>,
): Promise<T> {
  const { body, signal, timeout } = request;
  const isOnce =
    body instanceof Readable || (typeof body === 'object' && body !== null && Symbol.asyncIterator in body);
  const known = async () => {
    const limits = { asked: askedOf(request), signal, timeout: milliseconds(timeout) };
    if (connection.changing) await within(connection.changing, limits);
  };
  if (body instanceof Readable) body.on('error', () => undefined); // it may fail meanwhile; who sends it finds out
  if (isOnce) await known();
  const before = connection.pins;
  try {
    return await work();
  } catch (error) {
    if (isOnce || before === undefined || !(error instanceof CertificateError)) throw error;
    await known();
    if (connection.pins === before) throw error;
    return work();
  }
}
