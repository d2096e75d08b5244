import { once } from 'node:events';
import { connect } from 'node:net';
import { linked } from '../errors/index.js';
import { maxSocketPath } from './address.js';

/** Resolves if a socket accepts a connection, rejects with the system's error otherwise. */
export type Probe = (socketPath: string, signal: AbortSignal) => Promise<void>;

/** How long one probe may take, in ms. */
const limit = 2000;

/** Connects, and closes the connection again. */
export const connects: Probe = async (socketPath, signal) => {
  // Node would cut the path off and could connect to somebody else's socket.
  if (Buffer.byteLength(socketPath) > maxSocketPath) throw systemError('ENAMETOOLONG');
  const socket = connect({ path: socketPath, signal });
  socket.on('error', () => undefined); // one that comes after it has connected is nobody's
  try {
    await once(socket, 'connect');
  } catch (error) {
    // The queue is full, so somebody listens: going on to another hypervisor would be wrong.
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
  } finally {
    socket.destroy();
  }
};

/** Runs a probe that ends after 2 s, or when the caller's signal fires. */
export async function probeOnce(probe: Probe, socketPath: string, signal?: AbortSignal): Promise<void> {
  const { stop, forget } = linked(signal);
  const timer = setTimeout(() => stop.abort(systemError('ETIMEDOUT')), limit);
  try {
    await probe(socketPath, stop.signal);
  } catch (error) {
    throw stop.signal.aborted ? stop.signal.reason : error;
  } finally {
    clearTimeout(timer);
    forget();
  }
}

function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(code), { code });
}
