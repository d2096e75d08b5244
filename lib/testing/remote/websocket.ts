import { WebSocket } from 'ws';
import { Refusal } from '../state/refusal.js';
import { reasonOf, trust, type Speaker } from './web.js';

/** How long another server may take to answer, in ms. */
const handshakeTimeout = 5000;

/** Opens a websocket of an operation of another server, by its `https` URL. @throws Refusal with the reason in Go's words */
export async function openWebsocket(operation: string, secret: string, by: Speaker): Promise<WebSocket> {
  const place = operation.replace(/^https:\/\//, '');
  const [host = ''] = place.split('/', 1);
  const url = `wss://${place}/websocket?secret=${encodeURIComponent(secret)}`;
  if (!host || !URL.canParse(url)) throw new Refusal(500, `lookup ${host}: no such host`);
  const settings: object = trust(by.certificate, new URL(url).hostname); // ws has types of its own for these
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(url, { ...settings, handshakeTimeout, perMessageDeflate: false });
    const giveUp = (): void => socket.terminate();
    by.signal.addEventListener('abort', giveUp, { once: true });
    socket.once('open', () => resolve(socket));
    socket.once('unexpected-response', (request) => {
      request.destroy();
      reject(new Refusal(500, 'websocket: bad handshake'));
    });
    // It is heard of again at its close.
    socket.on('error', (error) => reject(new Refusal(500, reasonOf(error, url, by.product))));
    socket.once('close', () => by.signal.removeEventListener('abort', giveUp));
    if (by.signal.aborted) giveUp();
  });
}
