import { EventEmitter } from 'node:events';
import type { ClientRequest } from 'node:http';
import type { Socket } from 'node:net';
import type { ProxyServer } from './server.js';
import { proxyAnswered, proxyFailed } from './tunnel-error.js';

/**
 * A connection to a host through a proxy, over which nothing was said yet; ends when the signal fires.
 * @throws TunnelError; the signal's reason
 */
export async function openTunnel(
  proxy: ProxyServer,
  { host, port }: { host: string; port: number },
  signal: AbortSignal,
): Promise<Socket> {
  signal.throwIfAborted();
  const { HttpsProxyAgent } = await import('https-proxy-agent');
  // Without the user and password in its URL, which it would print for DEBUG=*.
  const agent = new HttpsProxyAgent(proxy.origin, {
    headers: proxy.headers(),
    keepAlive: true,
    rejectUnauthorized: true,
    signal,
  });
  let status = 0;
  const asked = new EventEmitter().once('proxyConnect', (answer: { statusCode: number }) => {
    status = answer.statusCode;
  });
  let socket: Socket;
  try {
    // What follows is TLS of ours, which knows more than that of a request would.
    socket = await agent.connect(asked as unknown as ClientRequest, { host, port, secureEndpoint: false });
  } catch (error) {
    throw signal.aborted ? signal.reason : proxyFailed(proxy, error as NodeJS.ErrnoException);
  }
  if (status === 200) return socket;
  // Which would play the proxy's refusal as if the server had said it.
  socket.destroy();
  throw proxyAnswered(proxy, status, `${host}:${String(port)}`);
}
