import type { Websocket } from '../../rest/transport.js';

/** Bytes that may wait for the slower side. */
const highWater = 1024 * 1024;

const open = 1;

/**
 * Carries messages both ways between two websockets, texts as texts and bytes as bytes, no faster than the slower side
 * takes them. What ends one ends the other, after the last message. Resolves when both have ended.
 */
export async function pump(one: Websocket, other: Websocket): Promise<void> {
  await Promise.all([carry(one, other), carry(other, one)]);
}

async function carry(from: Websocket, to: Websocket): Promise<void> {
  return new Promise((resolve) => {
    from.once('close', (code: number) => {
      end(to, code);
      resolve();
    });
    if (from.readyState > open) {
      end(to);
      resolve();
      return;
    }
    from.on('message', (data: Buffer, isBinary: boolean) => {
      if (to.readyState !== open) return;
      to.send(isBinary ? data : data.toString(), () => {
        if (to.bufferedAmount <= highWater) from.resume();
      });
      if (to.bufferedAmount > highWater) from.pause();
    });
  });
}

/** With the same code where it may be sent: 1005 and 1006 only say that there was none. */
function end(socket: Websocket, code?: number): void {
  socket.resume(); // the other's goodbye is read, too
  if (socket.readyState !== open) return;
  const sendable =
    code !== undefined && (code === 1000 || (code > 1000 && ![1004, 1005, 1006, 1015].includes(code)));
  socket.close(sendable ? code : undefined);
}
