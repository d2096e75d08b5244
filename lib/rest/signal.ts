import { setMaxListeners } from 'node:events';

const unlimited = new WeakSet<AbortSignal>();

/**
 * Listens to a signal of the caller's, which may be that of hundreds of calls: Node 20 would warn of a leak at the
 * eleventh. Returns what stops it. A signal that has fired already is the caller's to look at.
 */
export function onAbort(signal: AbortSignal | undefined, listener: () => void): () => void {
  if (!signal) return () => undefined;
  if (!unlimited.has(signal)) {
    unlimited.add(signal);
    setMaxListeners(0, signal);
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
