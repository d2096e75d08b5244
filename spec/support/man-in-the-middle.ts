import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import tls from 'node:tls';
import type { MadeCertificate } from './certificates.js';

/** Somebody between a client and its server: passes on what he cannot read, or answers in the server's place. */
export interface ManInTheMiddle {
  /** `host:port` to be taken for the server's. */
  readonly address: string;
  /** How many connections there were so far. */
  readonly connections: number;
  /** Everything that clients have told him, in the clear. */
  heard(): string;
  /** From which connection on, counted from 1, he shows his own certificate; or of which one alone. */
  attack(from: number, only?: boolean): void;
  close(): Promise<void>;
}

/** A proxy before `https://host:port`, with a certificate of its own to show. */
export async function manInTheMiddle(server: string, own: MadeCertificate): Promise<ManInTheMiddle> {
  const { hostname: host, port } = new URL(server);
  const target = { host, port: Number(port) };
  const heard: Buffer[] = [];
  const sockets = new Set<net.Socket>();
  let connections = 0;
  let attacked: (nth: number) => boolean = () => false;
  const keep = <S extends net.Socket>(socket: S): S => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    return socket.once('close', () => sockets.delete(socket));
  };
  const join = (one: net.Socket, other: net.Socket) => {
    one.pipe(other).pipe(one);
    one.once('close', () => other.destroy());
    other.once('close', () => one.destroy());
  };
  const listener = net.createServer((client) => {
    connections += 1;
    keep(client);
    if (!attacked(connections)) return join(client, keep(net.connect(target)));
    const options = {
      isServer: true,
      cert: own.cert,
      key: own.key,
      requestCert: true,
      rejectUnauthorized: false,
    };
    const opened = keep(new tls.TLSSocket(client, options));
    opened.on('data', (chunk: Buffer) => heard.push(chunk));
    join(opened, keep(tls.connect({ ...target, rejectUnauthorized: false })));
  });
  listener.listen(0, '127.0.0.1');
  await once(listener, 'listening');
  return {
    address: `127.0.0.1:${String((listener.address() as AddressInfo).port)}`,
    get connections() {
      return connections;
    },
    heard: () => Buffer.concat(heard).toString('latin1'),
    attack(from, only = false) {
      attacked = (nth) => (only ? nth === from : nth >= from);
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      listener.close();
      await once(listener, 'close');
    },
  };
}
