import { once } from 'node:events';
import net, { type AddressInfo } from 'node:net';
import type { ConnectOptions } from '../../../lib/connect/options.js';
import type { Log } from '../../../lib/rest/connection.js';
import { Connection } from '../../../lib/rest/connection.js';
import { Session, type Scope } from '../../../lib/rest/session.js';
import { afterwards, serveHttps, sync, type Handler, type TestServer } from '../test-server.js';

/** One server of a cluster, reached through a front that can hang or die as a host does. */
export class Member {
  readonly name: string;
  /** What it has seen. */
  readonly server: TestServer;
  readonly #front: net.Server;
  readonly #sockets = new Set<net.Socket>();
  #port = 0;
  #isFrozen = false;

  constructor(name: string, server: TestServer) {
    this.name = name;
    this.server = server;
    this.#front = net.createServer((socket) => this.#pass(socket));
    afterwards(() => this.kill());
  }

  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  /** `GET /a`, … in order, without those by which it is looked at. */
  get lines(): string[] {
    return this.server.lines.filter((line) => !/^GET \/1\.0($|\/cluster\/members)/.test(line));
  }

  async start(): Promise<void> {
    this.#isFrozen = false;
    this.#front.listen(this.#port, '127.0.0.1');
    await once(this.#front, 'listening');
    this.#port = (this.#front.address() as AddressInfo).port;
  }

  /** As SIGKILL: its sockets are reset, and nobody listens. */
  async kill(): Promise<void> {
    for (const socket of this.#sockets) socket.resetAndDestroy();
    if (!this.#front.listening) return;
    const closed = once(this.#front, 'close');
    this.#front.close();
    await closed;
  }

  /** As SIGSTOP: connections are accepted, and nothing is read or written any more. */
  freeze(): void {
    this.#isFrozen = true;
    for (const socket of this.#sockets) {
      socket.unpipe();
      socket.pause();
    }
  }

  #pass(socket: net.Socket): void {
    const to = new URL(this.server.options.endpoint as string);
    const back = this.#isFrozen ? undefined : net.connect(Number(to.port), '127.0.0.1');
    for (const one of [socket, back]) {
      if (!one) continue;
      this.#sockets.add(one);
      one.on('error', () => undefined);
      one.once('close', () => this.#sockets.delete(one));
    }
    if (!back) return;
    socket.pipe(back).pipe(socket);
  }
}

/** Servers that are a cluster, all of which answer in the same way but for what `handler` does. */
export class Members {
  readonly all: Member[] = [];
  /** What they list as a member's status. */
  readonly statuses = new Map<string, string>();
  /** Whether the members are listed, or only looked at for who they are. */
  isListed = true;
  /** Those that answer for themselves alone. */
  readonly stuck = new Set<string>();
  #options: ConnectOptions = {};

  static async start(count: number, handler: (member: Member) => Handler): Promise<Members> {
    const cluster = new Members();
    for (let index = 1; index <= count; index++) {
      const name = `n${index}`;
      const answers: Handler[] = [];
      const server = await serveHttps((response, seen, nth) => {
        if (seen.url === '/1.0') sync(response, cluster.#greeting(name));
        else if (seen.url !== '/1.0/cluster/members?recursion=1') return answers[0]?.(response, seen, nth);
        else if (!cluster.stuck.has(name)) sync(response, cluster.#list());
        return undefined;
      });
      const member = new Member(name, server);
      answers.push(handler(member));
      await member.start();
      cluster.all.push(member);
    }
    cluster.#options = { ...cluster.all[0]!.server.options, endpoint: cluster.all[0]!.url };
    return cluster;
  }

  /** A session at the first of them, which knows the others by now. */
  async session(scope?: Scope, options: ConnectOptions = {}, log?: Log): Promise<Session> {
    const session = this.fresh(scope, options, log);
    await session.send({ method: 'GET', path: '/1.0' });
    // Once more: the list that the first had asked for has come then.
    await session.send({ method: 'GET', path: '/1.0/cluster/members?recursion=1' });
    return session;
  }

  /** One that has asked nothing. */
  fresh(scope?: Scope, options: ConnectOptions = {}, log?: Log): Session {
    const session = new Session(new Connection({ ...this.#options, ...options }, log), scope);
    afterwards(() => session.connection.close());
    return session;
  }

  #greeting(name: string) {
    return { auth: 'trusted', environment: { server_clustered: this.isListed, server_name: name } };
  }

  #list() {
    return this.all.map(({ name, url }) => ({
      server_name: name,
      url,
      status: this.statuses.get(name) ?? 'Online',
    }));
  }
}
