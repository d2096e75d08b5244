import { createHash } from 'node:crypto';
import { once } from 'node:events';
import http, { type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { MadeCertificate } from '../../support/certificates.js';

/** What lies at a path: bytes, or what answers by itself. */
export type Leaf = Buffer | string | object | ((request: IncomingMessage, response: ServerResponse) => void);

/** A web server with a tree of files, as image servers are. */
export class ImageServer implements AsyncDisposable {
  readonly tree = new Map<string, Leaf>();
  readonly seen: { path: string; headers: http.IncomingHttpHeaders }[] = [];
  readonly sockets = new Set<Socket>();

  private constructor(
    private readonly server: http.Server,
    private readonly scheme: string,
  ) {
    server.on('request', (request: IncomingMessage, response: ServerResponse) => {
      const path = decodeURI(request.url ?? '').slice(1);
      this.seen.push({ path, headers: request.headers });
      const leaf = this.tree.get(path);
      if (typeof leaf === 'function') return leaf(request, response);
      if (leaf === undefined)
        return response.writeHead(404, { 'content-type': 'text/html' }).end('<h1>404</h1>');
      const body = Buffer.isBuffer(leaf) ? leaf : typeof leaf === 'string' ? leaf : JSON.stringify(leaf);
      return response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body);
    });
    server.on('connection', (socket: Socket) => {
      this.sockets.add(socket);
      socket.once('close', () => this.sockets.delete(socket));
    });
  }

  static async start(tls?: MadeCertificate): Promise<ImageServer> {
    const server = tls ? https.createServer(tls) : http.createServer();
    await once(server.listen(0, '127.0.0.1'), 'listening');
    return new ImageServer(server, tls ? 'https' : 'http');
  }

  get url(): string {
    return `${this.scheme}://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  get paths(): string[] {
    return this.seen.map(({ path }) => path);
  }

  /** The index and one product file. */
  list(products: Record<string, unknown>, { prefix = '' } = {}): void {
    const entry = {
      datatype: 'image-downloads',
      path: 'streams/v1/images.json',
      format: 'products:1.0',
      products: Object.keys(products),
    };
    this.tree.set(`${prefix}streams/v1/index.json`, { format: 'index:1.0', index: { images: entry } });
    this.tree.set(`${prefix}streams/v1/images.json`, {
      content_id: 'images',
      datatype: 'image-downloads',
      format: 'products:1.0',
      products,
    });
  }

  /** A file of the tree as a version lists it. */
  file(path: string, bytes: Buffer, ftype: string, more: object = {}): object {
    this.tree.set(path, bytes);
    return { ftype, path, size: bytes.length, sha256: sha256(bytes), ...more };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = once(this.server, 'close');
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }
}

export function sha256(...parts: Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}

/** A product with what every product has. */
export function product(more: object): Record<string, unknown> {
  return { arch: 'amd64', os: 'Busy', release: 'one', release_title: 'One', version: '1', ...more };
}
