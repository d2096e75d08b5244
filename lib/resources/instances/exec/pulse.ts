import type { Websocket } from '../../../rest/transport.js';

/** Between two looks at the silence, in ms. */
const usual = 5_000;

/** After how many looks without a sign of the server we ping, and after how many its connection is dead. */
const silent = 2;
const dead = 5;

/**
 * Notices within 25 to 30 s that a connection died in silence, as after a suspended laptop or behind a NAT that forgot it.
 * It watches the control socket of a command or console, on which both servers answer pings; sockets that bring output
 * are sent nothing (see `openSocket`). Looks are counted, not time: a process that did not run heard nothing either.
 * Returns what stops it.
 */
export function watchPulse(socket: Websocket, lost: () => void, interval = usual): () => void {
  let missed = 0;
  const heard = () => (missed = 0);
  for (const sign of ['ping', 'pong', 'message']) socket.on(sign, heard);
  const timer = setInterval(() => {
    missed += 1;
    if (missed >= dead) {
      stop();
      lost();
    } else if (missed >= silent && socket.readyState === 1) socket.ping();
  }, interval).unref();
  const stop = () => {
    clearInterval(timer);
  };
  socket.once('close', stop);
  return stop;
}
