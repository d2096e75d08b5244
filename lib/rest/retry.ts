import type { ConnectionError } from '../errors/index.js';

/** Errors of connecting: the server has not seen the request. On an open connection some of them mean that it was lost. */
const neverSent = new Set(['ECONNREFUSED', 'ENOENT', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH']);

const limit = 2;

/**
 * Milliseconds to wait before the next try, or undefined to give up. A POST is never repeated; what cannot have
 * reached the server is; of what may have reached it, only reads are: a PUT of a state would restart twice.
 */
export function retryDelay(
  request: { method: string; body?: unknown },
  error: ConnectionError,
  attempt: number,
): number | undefined {
  const { method, body } = request;
  const streamed = typeof body === 'object' && body !== null && Symbol.asyncIterator in body; // gone once read
  if (attempt >= limit || method === 'POST' || streamed) return undefined;
  const { code = '', syscall = '' } = (error.cause ?? {}) as Partial<NodeJS.ErrnoException>;
  const read = method === 'GET' || method === 'HEAD';
  const lost = read && (code === 'ECONNRESET' || code === 'EPIPE');
  const unsent = neverSent.has(code) && syscall !== 'read' && syscall !== 'write';
  if (!lost && !unsent) return undefined;
  return 100 * 3 ** attempt * (0.5 + Math.random());
}
