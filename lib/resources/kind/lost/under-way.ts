import { AbortedError, ClosedError, TimeoutError } from '../../../errors/index.js';
import { isOperationData, Operation, type OperationData } from '../../../operations/index.js';
import { isMap, type CallOptions } from '../../../orm/index.js';
import { fillPath } from '../../../rest/endpoints/index.js';
import type { Session } from '../../../rest/session.js';
import { earliest } from './server-clock.js';

/** Where the server does not say what it does within so many ms, it is not waited for: a cluster asks each member. */
const patience = 5000;

/**
 * Waits for the operations on a thing that have begun since a write to it was sent: one of them may be that write's. How
 * they end is not told. @throws TimeoutError; AbortedError
 */
export async function underWay(
  session: Session,
  path: string,
  sentAt: number,
  limits: () => CallOptions,
): Promise<void> {
  for (const data of await begun(session, path, sentAt, limits())) {
    const url = fillPath('/1.0/operations/{id}', { id: data.id });
    const operation = new Operation(session, { url, data }, () => undefined);
    await operation.wait(limits()).catch(unlessEnded);
  }
}

async function begun(
  session: Session,
  path: string,
  sentAt: number,
  { signal, timeout = patience }: CallOptions,
): Promise<OperationData[]> {
  const request = { method: 'GET', path: '/1.0/operations', query: { recursion: 1 } };
  const limits = { signal, timeout: Math.min(timeout, patience) };
  const answer = await session.send({ ...request, ...limits }).catch(unlessCalledOff);
  if (!answer || !isMap(answer.metadata)) return [];
  const since = earliest(answer, sentAt);
  const all: unknown[] = Object.values(answer.metadata).flat();
  return all.filter(isOperationData).filter(({ class: kind, status_code, created_at, resources }) => {
    const isRunning = kind === 'task' && status_code < 200;
    return isRunning && Date.parse(created_at) >= since && Object.values(resources ?? {}).some(isHere(path));
  });
}

/** Whether one of these is the thing, or what it belongs to. */
function isHere(path: string): (urls: unknown) => boolean {
  return (urls) =>
    Array.isArray(urls) &&
    urls.some((url) => {
      const at = String(url)
        .replace(/[?#].*$/s, '')
        .replace(/^\/1\.0\/(containers|virtual-machines)\//, '/1.0/instances/');
      return path === at || path.startsWith(`${at}/`);
    });
}

function unlessCalledOff(error: unknown): void {
  if (error instanceof AbortedError || error instanceof ClosedError) throw error;
}

function unlessEnded(error: unknown): void {
  if (error instanceof TimeoutError) throw error;
  unlessCalledOff(error);
}
