import net from 'node:net';
import { once } from 'node:events';
import { WebSocket } from 'ws';

/** One socket of a command or console, with what came over it. */
export interface Wire {
  socket: WebSocket;
  /** What it told: bytes, `<end>` for the empty text at the end of an output, and how it closed. */
  told: string;
  closed: Promise<unknown>;
}

/** Opens it; a refusal is told as status, code and text. */
export function openWire(socketPath: string, path: string): Promise<Wire | string> {
  const socket = new WebSocket(`ws://x${path}`, { createConnection: () => net.connect(socketPath) });
  const wire: Wire = { socket, told: '', closed: once(socket, 'close') };
  wire.closed.catch(() => undefined);
  socket.on('message', (data: Buffer, isBinary: boolean) => {
    wire.told += isBinary ? data.toString() : `<end${data.toString()}>`;
  });
  socket.on('close', (code) => (wire.told += `<close ${code}>`));
  socket.on('error', () => undefined);
  return new Promise((resolve) => {
    socket.on('open', () => resolve(wire));
    socket.on('unexpected-response', (_, response) => {
      const { socket: connection } = response;
      let text = '';
      response.on('data', (bytes: Buffer) => (text += bytes.toString()));
      response.on('end', () => {
        const { error, error_code: code } = JSON.parse(text) as { error: string; error_code: number };
        connection.destroy(); // which the real ones keep
        resolve(`${response.statusCode} ${code} ${error}`);
      });
    });
  });
}
