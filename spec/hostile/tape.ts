import { createHash } from 'node:crypto';
import http, { type IncomingMessage, type RequestOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { RawServer, type Asked } from './raw-server.js';

/** A request, and the answer that a server gave. */
export interface Exchange {
  method: string;
  url: string;
  status: number;
  headers: [string, string][];
  /** Of a connection that changed its protocol: all that the server sent on it. */
  body: Buffer;
  isUpgrade: boolean;
  /** Whether the server ended such a connection. */
  hasEnded: boolean;
}

/** What a server and a client said to each other. */
export class Tape {
  readonly exchanges: Exchange[] = [];
  readonly #canned: Readonly<Record<string, unknown>>;

  /** `canned`: answers that the other server does not have, as metadata by method and path. */
  constructor(canned: Readonly<Record<string, unknown>> = {}) {
    this.#canned = canned;
  }

  /** A server that hands everything on to another one and takes it down. */
  async recorder(target: RequestOptions, isTcp: boolean): Promise<RawServer> {
    return RawServer.start((asked) => this.#pass(asked, target), { isTcp });
  }

  /** A reader that finds the answers to the same requests, made again. */
  reader(): (method: string, url: string) => Exchange | undefined {
    const told = new Set<Exchange>();
    return (method, url) => {
      const same = this.exchanges.filter((one) => one.method === method && one.url === url);
      // Names that a client makes up differ from run to run.
      const alike = this.exchanges.filter(
        (one) => one.method === method && pattern(one.url) === pattern(url),
      );
      const fitting = same.length > 0 ? same : alike;
      const next = fitting.find((one) => !told.has(one)) ?? fitting.at(-1);
      if (next) told.add(next);
      return next?.url === url ? next : next && renamed(next, url);
    };
  }

  #pass({ method, url, headers, body, socket, more }: Asked, target: RequestOptions): void {
    const exchange: Exchange = {
      method,
      url,
      status: 0,
      headers: [],
      body: Buffer.alloc(0),
      isUpgrade: false,
      hasEnded: false,
    };
    this.exchanges.push(exchange);
    const metadata = this.#canned[`${method} ${url.split('?')[0]!}`];
    if (metadata !== undefined) {
      exchange.status = 200;
      exchange.headers.push(['Content-Type', 'application/json'], ['ETag', '"canned"']);
      exchange.body = Buffer.from(
        JSON.stringify({ type: 'sync', status: 'Success', status_code: 200, metadata }),
      );
      play(exchange, socket, headers);
      return;
    }
    const noted = ({ statusCode = 0, rawHeaders }: IncomingMessage) => {
      exchange.status = statusCode;
      for (let index = 0; index < rawHeaders.length; index += 2)
        exchange.headers.push([rawHeaders[index]!, rawHeaders[index + 1]!]);
    };
    const call = http.request({ ...target, method, path: url, headers });
    call.on('error', () => socket.destroy());
    call.on('response', (response) => {
      noted(response);
      void buffer(response).then((body) => {
        exchange.body = body;
        play(exchange, socket, headers);
      });
    });
    call.on('upgrade', (response, upstream: Duplex, first: Buffer) => {
      noted(response);
      exchange.isUpgrade = true;
      socket.write(headOf(exchange, headers));
      const heard = (chunk: Buffer) => {
        exchange.body = Buffer.concat([exchange.body, chunk]);
        socket.write(chunk);
      };
      if (first.length > 0) heard(first);
      upstream.on('data', heard).on('error', () => socket.destroy());
      upstream.once('end', () => {
        exchange.hasEnded = true;
        socket.end();
      });
      upstream.write(more);
      socket.on('data', (chunk: Buffer) => upstream.write(chunk));
      socket.once('end', () => upstream.end()).once('close', () => upstream.destroy());
    });
    call.end(body);
  }
}

/** Writes an answer as it was recorded. */
export function play(exchange: Exchange, socket: Duplex, headers: Asked['headers']): void {
  if (!exchange.isUpgrade) {
    const body = exchange.method === 'HEAD' ? none : exchange.body;
    socket.write(Buffer.concat([headOf(exchange, headers), body]));
    return;
  }
  socket.write(headOf(exchange, headers));
  socket.once('end', () => socket.end()).resume();
  const told = () => {
    if (socket.destroyed) return;
    socket.write(exchange.body);
    if (exchange.hasEnded) socket.end();
  };
  // Events are told when what they are about has been asked for, as far as that is known here.
  if (exchange.url.startsWith('/1.0/events')) setTimeout(told, 50);
  else told();
}

const none = Buffer.alloc(0);
const framing = /^(content-length|transfer-encoding|connection|keep-alive|sec-websocket-accept)$/i;

/** The head of an answer; what depends on the request or on how long the body is, is told anew. */
export function headOf(exchange: Exchange, asked: Asked['headers'], length = exchange.body.length): Buffer {
  const { status, method, isUpgrade } = exchange;
  const lines = [`HTTP/1.1 ${String(status)} ${http.STATUS_CODES[status] ?? 'Odd'}`];
  for (const [name, value] of exchange.headers) if (!framing.test(name)) lines.push(`${name}: ${value}`);
  if (isUpgrade) {
    lines.push('Connection: Upgrade');
    const key = asked['sec-websocket-key'];
    if (key !== undefined) lines.push(`Sec-WebSocket-Accept: ${acceptanceOf(key)}`);
  } else if (method === 'HEAD') {
    const told = exchange.headers.find(([name]) => /^content-length$/i.test(name));
    if (told) lines.push(`Content-Length: ${told[1]}`);
  } else {
    lines.push(`Content-Length: ${String(length)}`);
  }
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}

function acceptanceOf(key: string): string {
  return createHash('sha1').update(`${key}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`).digest('base64');
}

/** The answer as it were for another URL of the same pattern. */
function renamed(exchange: Exchange, url: string): Exchange {
  const was = exchange.url.split(/[/?]/);
  let body = exchange.body.toString('latin1');
  for (const [index, word] of url.split(/[/?]/).entries())
    if (was[index] && was[index] !== word) body = body.replaceAll(was[index], word);
  return { ...exchange, url, body: Buffer.from(body, 'latin1') };
}

/** A URL without the names in it. */
function pattern(url: string): string {
  const [path = '', query = ''] = url.split('?');
  const even = path.replace(/\/volumes\/([^/]+)\//, '/volumes-$1/'); // whose type stands before their name
  const words = even.split('/').map((word, index) => (index > 2 && index % 2 === 1 ? '*' : word));
  return `${words.join('/')}?${[...new URLSearchParams(query).keys()].sort().join('&')}`;
}
