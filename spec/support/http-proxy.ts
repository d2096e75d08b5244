import { once } from 'node:events';
import http from 'node:http';
import net, { type AddressInfo, type Socket } from 'node:net';
import { afterwards } from '../rest/test-server.js';

/** What a proxy does with a CONNECT: lets through, answers with a status, or something else that happens. */
export type ProxyAnswer = 'through' | 'hang' | 'close' | 'garbage' | number;

export interface HttpProxy {
  /** `http://127.0.0.1:port`. */
  url: string;
  /** The same with a user and a password in it. */
  urlOf(user: string, password: string): string;
  /** `host:port` of each CONNECT. */
  targets: string[];
  /** The `Proxy-Authorization` of each, decoded. */
  users: (string | undefined)[];
  /** Connections of clients that are open. */
  open: Set<Socket>;
  /** Whether it has seen these bytes, which were to go through it encrypted. */
  hasSeen(text: string): boolean;
}

/** An HTTP proxy of one spec that connects to whatever it is asked for, or to what `resolve` makes of it. */
export async function startProxy(
  answer: () => ProxyAnswer = () => 'through',
  resolve: (target: string) => string = (target) => target,
): Promise<HttpProxy> {
  const open = new Set<Socket>();
  const targets: string[] = [];
  const users: (string | undefined)[] = [];
  const seen: Buffer[] = [];
  const server = http.createServer((_request, response) => response.writeHead(500).end());
  server.on('connection', (socket) => {
    open.add(socket);
    socket.on('error', () => undefined).once('close', () => open.delete(socket));
  });
  server.on('connect', ({ url = '', headers }, client: Socket, head: Buffer) => {
    targets.push(url);
    const encoded = headers['proxy-authorization']?.replace('Basic ', '');
    users.push(encoded === undefined ? undefined : Buffer.from(encoded, 'base64').toString());
    const what = answer();
    if (what === 'hang') client.resume().once('end', () => client.destroy());
    else if (what === 'close') client.destroy();
    else if (what === 'garbage') client.end('SSH-2.0-OpenSSH_9.2\r\nno HTTP at all\r\n\r\n');
    else if (what === 'through') through(resolve(url), client, head, seen);
    else client.end(`HTTP/1.1 ${String(what)} Whatever\r\nContent-Length: 2\r\n\r\n{}`);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  afterwards(async () => {
    server.close();
    for (const socket of open) socket.destroy();
    await once(server, 'close');
  });
  const host = `127.0.0.1:${String((server.address() as AddressInfo).port)}`;
  return {
    url: `http://${host}`,
    urlOf: (user, password) => `http://${encodeURIComponent(user)}:${encodeURIComponent(password)}@${host}`,
    targets,
    users,
    open,
    hasSeen: (text) => Buffer.concat(seen).includes(text),
  };
}

function through(target: string, client: Socket, head: Buffer, seen: Buffer[]): void {
  const { hostname, port } = new URL(`http://${target}`);
  const server = net.connect(Number(port), hostname.replace(/^\[|\]$/g, ''));
  server.on('connect', () => {
    client.write('HTTP/1.1 200 Connection established\r\n\r\n');
    server.write(head);
    client.pipe(server).pipe(client);
  });
  client.on('data', (data: Buffer) => seen.push(data));
  for (const [one, other] of [
    [client, server],
    [server, client],
  ] as const) {
    one.on('error', () => other.destroy());
    one.once('close', () => other.destroy());
  }
}
