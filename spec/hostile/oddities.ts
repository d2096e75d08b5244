import type { Duplex } from 'node:stream';
import { gzipSync } from 'node:zlib';
import type { Asked } from './raw-server.js';
import { headOf, type Exchange } from './tape.js';

/** An odd answer. */
export interface Oddity {
  name: string;
  /** Whether nothing right can come of it: a call that hears nothing else must fail. */
  isHopeless: boolean;
  /** Whether it is another answer than the good one at all. */
  changes(good: Exchange): boolean;
  answer(good: Exchange, asked: Asked): void;
}

/** The name that an answer about another thing bears. */
export const otherName = 'somebody-else';

const html = '<!DOCTYPE html><html><head><title>Sign in</title></head><body>Sign in first</body></html>';
const json = { 'Content-Type': 'application/json' };
const page = { 'Content-Type': 'text/html' };
const always = (_good: Exchange): boolean => true;

type Write = (socket: Duplex, good: Exchange, asked: Asked) => void;

function odd(name: string, write: Write, { isHopeless = true, changes = always } = {}): Oddity {
  return { name, isHopeless, changes, answer: (good, asked) => write(asked.socket, good, asked) };
}

/** These bytes, and then the connection is kept, ended or cut. */
const bytes = (name: string, text: string | Buffer, then: 'keep' | 'end' | 'cut' = 'end'): Oddity =>
  odd(name, (socket) => {
    if (then === 'cut') socket.write(text, () => socket.destroy());
    else if (then === 'end') socket.end(text);
    else socket.write(text);
  });

/** A whole answer. */
function answer(status: number, headers: Record<string, string>, body: string | Buffer): string | Buffer {
  const all = { 'Content-Length': String(Buffer.byteLength(body)), ...headers };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
  const head = `HTTP/1.1 ${String(status)} Odd\r\n${lines.join('')}\r\n`;
  return typeof body === 'string' ? head + body : Buffer.concat([Buffer.from(head), body]);
}

const refusal = (status: number, error: unknown = 'odd'): string =>
  JSON.stringify({ type: 'error', error, error_code: status, metadata: null });

/** An answer's status with a page that no API sends. */
const withPage = (status: number, headers: Record<string, string> = {}): Oddity =>
  bytes(`status ${String(status)} with a page`, answer(status, { ...page, ...headers }, html), 'keep');

const isJson = ({ isUpgrade, headers, body }: Exchange): boolean =>
  !isUpgrade &&
  body.length > 0 &&
  headers.some(([name, value]) => /^content-type$/i.test(name) && value.includes('json'));

/** The good answer with another text of JSON. */
const envelope = (
  name: string,
  change: (good: Record<string, unknown>) => unknown,
  isHopeless = false,
): Oddity =>
  odd(
    `envelope: ${name}`,
    (socket, good, { headers }) => {
      const changed = change(JSON.parse(good.body.toString()) as Record<string, unknown>);
      const body = Buffer.from(typeof changed === 'string' ? changed : JSON.stringify(changed));
      socket.write(Buffer.concat([headOf(good, headers, body.length), body]));
    },
    { isHopeless, changes: isJson },
  );

/** An envelope of another type; the list of a directory is one whatever its type. */
const typed = (name: string, change: (good: Record<string, unknown>) => unknown): Oddity => ({
  ...envelope(name, change, true),
  changes: (good) => isJson(good) && !good.url.includes('/files?'),
});

const metadata = (name: string, change: (good: unknown) => unknown): Oddity =>
  envelope(`metadata ${name}`, (good) => ({ ...good, metadata: change(good.metadata) }));

/** Each value replaced by one of another type, with the same names. */
function twisted(value: unknown): unknown {
  if (Array.isArray(value)) return Object.fromEntries(value.map((item, index) => [String(index), item]));
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, inner]) => [key, typeof inner === 'object' ? String(inner) : [inner]]),
    );
  return typeof value === 'string' ? 42 : String(value);
}

/** The same of another thing. */
function renamed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(renamed);
  if (typeof value !== 'object' || value === null) return value;
  const names = ['name', 'fingerprint', 'id'];
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => [
      key,
      names.includes(key) && typeof inner === 'string' ? otherName : inner,
    ]),
  );
}

const hasBody = ({ isUpgrade, method }: Exchange): boolean => !isUpgrade && method !== 'HEAD';

/** The good answer's head, and then something else than its body. */
const framed = (name: string, write: Write, isHopeless = true): Oddity =>
  odd(`body: ${name}`, write, { isHopeless, changes: hasBody });

const chunked = (socket: Duplex, good: Exchange, text: string, then: 'keep' | 'end' = 'keep') => {
  const type = isJson(good) ? 'application/json' : 'application/octet-stream';
  const head = `HTTP/1.1 200 OK\r\nContent-Type: ${type}\r\nTransfer-Encoding: chunked\r\n\r\n`;
  if (then === 'end') socket.end(head + text);
  else socket.write(head + text);
};

const isWebsocket = ({ isUpgrade, headers }: Exchange): boolean =>
  isUpgrade && headers.some(([name, value]) => /^upgrade$/i.test(name) && /websocket/i.test(value));

/** A websocket that opens as it should, and then says this. */
const frames = (name: string, frame: Buffer, then: 'keep' | 'end' | 'cut' = 'keep'): Oddity =>
  odd(
    `websocket: ${name}`,
    (socket, good, { headers }) => {
      socket.write(headOf(good, headers));
      if (then === 'end') socket.end(frame);
      else socket.write(frame, () => then === 'cut' && socket.destroy());
    },
    { isHopeless: false, changes: isWebsocket },
  );

const text = (value: string): Buffer => Buffer.from([0x81, value.length, ...Buffer.from(value)]);
const switching = 'HTTP/1.1 101 Switching Protocols\r\n';

export const oddities: readonly Oddity[] = [
  // The head
  bytes('head: none, and the connection ends', ''),
  bytes('head: none, and the connection is cut', '', 'cut'),
  bytes('head: none, and silence', '', 'keep'),
  bytes('head: half of one, and silence', 'HTTP/1.1 200 OK\r\nContent-Ty', 'keep'),
  bytes('head: half of one, and the end', 'HTTP/1.1 200 OK\r\nContent-Ty'),
  bytes('head: garbage', Buffer.from([0x16, 3, 1, 0, 0xa5, 1, 0, 0, 0xa1, 3, 3, 0, 10, 13, 10, 13, 10])),
  bytes('head: of SSH', 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n', 'keep'),
  bytes('head: of HTTP/2', 'HTTP/2 200\r\ncontent-type: application/json\r\n\r\n{}'),
  bytes('head: no status', `HTTP/1.1 OK\r\nContent-Length: 2\r\n\r\n{}`),
  bytes('head: huge', answer(200, { ...json, 'X-Huge': 'x'.repeat(300_000) }, '{}')),
  bytes('head: a header with a NUL', `HTTP/1.1 200 OK\r\nX-Odd: a\0b\r\nContent-Length: 2\r\n\r\n{}`),
  bytes('head: two lengths', `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\n{} `),
  bytes('head: a length below zero', `HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}`),
  bytes(
    'head: a length and chunks',
    `HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
  ),

  // The status
  bytes('status 100 for ever', 'HTTP/1.1 100 Continue\r\n\r\n'.repeat(50), 'keep'),
  bytes('status 103, and silence', 'HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\n', 'keep'),
  bytes('status 101 for nobody', `${switching}Connection: Upgrade\r\nUpgrade: odd\r\n\r\nodd`, 'keep'),
  bytes('status 101 without a word', `${switching}\r\n`, 'keep'),
  bytes('status 204', 'HTTP/1.1 204 No Content\r\n\r\n', 'keep'),
  bytes('status 205', answer(205, {}, ''), 'keep'),
  bytes('status 206', answer(206, { 'Content-Range': 'bytes 0-1/100' }, 'ab'), 'keep'),
  bytes('status 304', 'HTTP/1.1 304 Not Modified\r\nETag: "odd"\r\n\r\n', 'keep'),
  withPage(203),
  withPage(300),
  withPage(301, { Location: 'https://login.example.org/' }),
  withPage(302, { Location: '/1.0/instances/elsewhere' }),
  withPage(303, { Location: '' }),
  withPage(307, { Location: 'http://[::' }),
  withPage(308),
  ...[400, 401, 403, 404, 409, 412, 429, 500, 501, 502, 503, 504, 599].map((status) => withPage(status)),
  withPage(600),
  withPage(999),
  ...[400, 401, 403, 404, 409, 412, 500, 503].map((status) =>
    odd(
      `status ${String(status)} as the API refuses`,
      (socket) => socket.write(answer(status, json, refusal(status))),
      { isHopeless: status !== 404 }, // which tells `exists()` the truth
    ),
  ),
  odd(
    'status 404 with an error that is no text',
    (socket) => socket.write(answer(404, json, refusal(404, { odd: true }))),
    { isHopeless: false },
  ),

  // The body
  framed('none, though it is told', (socket, good, { headers }) => socket.end(headOf(good, headers, 100))),
  framed('none, and silence', (socket, good, { headers }) => socket.write(headOf(good, headers, 100))),
  framed('empty', (socket, good, { headers }) => socket.write(headOf(good, headers, 0)), false),
  framed('cut', (socket, good, { headers }) =>
    socket.write(Buffer.concat([headOf(good, headers, good.body.length + 10), good.body]), () =>
      socket.destroy(),
    ),
  ),
  framed('begun, and silence', (socket, good, { headers }) =>
    socket.write(Buffer.concat([headOf(good, headers, good.body.length + 10), good.body])),
  ),
  framed(
    'longer than told',
    (socket, good, { headers }) =>
      socket.write(Buffer.concat([headOf(good, headers), good.body, Buffer.from('more than was told')])),
    false,
  ),
  framed(
    'a page in a good answer',
    (socket, good, { headers }) =>
      socket.write(Buffer.concat([headOf(good, headers, html.length), Buffer.from(html)])),
    false,
  ),
  framed(
    'called gzip, which it is not',
    (socket, good) => {
      const type = isJson(good) ? json : { 'Content-Type': 'application/octet-stream' };
      socket.write(answer(200, { ...type, 'Content-Encoding': 'gzip' }, good.body));
    },
    false,
  ),
  framed('gzip that is cut', (socket) =>
    socket.write(answer(200, { ...json, 'Content-Encoding': 'gzip' }, gzipSync(html).subarray(0, 40))),
  ),
  framed(
    'an encoding that nobody knows',
    (socket) => socket.write(answer(200, { ...json, 'Content-Encoding': 'odd' }, '\x01\x02')),
    false,
  ),
  framed('a chunk of no size', (socket, good) => chunked(socket, good, 'ZZ\r\nabc\r\n')),
  framed('a chunk that is cut', (socket, good) => chunked(socket, good, '40\r\n{"type":', 'end')),
  framed('chunks without an end', (socket, good) => chunked(socket, good, '2\r\n{}\r\n')),
  framed('chunks, and the end of the connection', (socket, good) =>
    chunked(socket, good, '2\r\n{}\r\n', 'end'),
  ),
  framed('a chunk of 2^60 bytes', (socket, good) => chunked(socket, good, 'fffffffffffffff\r\n{}', 'end')),

  // The envelope
  envelope('not JSON', () => '{"type": sync}', true),
  envelope('JSON that is cut', (good) => JSON.stringify(good).slice(0, -2), true),
  envelope('null', () => null, true),
  envelope('a list', (good) => [good], true),
  envelope('a number', () => 7, true),
  typed('without a type', ({ type: _, ...good }) => good),
  typed('of an odd type', (good) => ({ ...good, type: 'odd' })),
  typed('of a type that is no text', (good) => ({ ...good, type: ['sync'] })),
  envelope('an error in a good answer', () => ({ type: 'error', error: 'odd', error_code: 400 }), true),
  envelope('an error without a text', () => ({ type: 'error' }), true),
  envelope('an error of an odd code', () => ({ type: 'error', error: 'odd', error_code: 'odd' }), true),
  envelope('async without an operation', ({ operation: _, ...good }) => ({ ...good, type: 'async' })),
  envelope('async of an odd operation', (good) => ({
    ...good,
    type: 'async',
    operation: 'https://odd/1.0/x',
  })),
  envelope('async of an operation that is no text', (good) => ({ ...good, type: 'async', operation: 7 })),
  envelope('sync in place of async', (good) => ({ ...good, type: 'sync' })),
  envelope('without metadata', ({ metadata: _, ...good }) => good),
  ...[
    null,
    7,
    'odd',
    true,
    [],
    {},
    [null],
    [7],
    [[]],
    [{}],
    ['/1.0/%zz'],
    { a: null },
    { odd: [null, 7] },
  ].map((value) => metadata(JSON.stringify(value), () => value)),
  metadata('with each value of another type', twisted),
  metadata('with each value null', (good) =>
    typeof good === 'object' && good !== null && !Array.isArray(good)
      ? Object.fromEntries(Object.keys(good).map((key) => [key, null]))
      : null,
  ),
  metadata('in a list', (good) => [good]),
  metadata('of another thing', renamed),
  odd(
    'headers: none of those of files',
    (socket, good) => socket.write(answer(200, { 'Content-Type': 'application/octet-stream' }, good.body)),
    { isHopeless: false, changes: (good) => !good.isUpgrade && !isJson(good) },
  ),
  odd(
    'headers: odd ones of files',
    (socket, good) => {
      const of = (prefix: string) =>
        Object.fromEntries(
          Object.entries({ type: 'odd', mode: '9x9', uid: '-7', gid: 'root', modified: 'odd' }).map(
            ([key, value]) => [`X-${prefix}-${key}`, value],
          ),
        );
      const odds = { ...of('LXD'), ...of('Incus'), 'Content-Disposition': 'attachment; filename=../../odd' };
      socket.write(answer(200, odds, good.method === 'HEAD' ? '' : good.body));
    },
    { isHopeless: false, changes: (good) => !good.isUpgrade && !isJson(good) },
  ),

  // Websockets
  odd(
    'websocket: another key is accepted',
    (socket) =>
      socket.write(
        `${switching}Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Accept: odd\r\n\r\n`,
      ),
    { isHopeless: false, changes: isWebsocket },
  ),
  odd(
    'websocket: another protocol',
    (socket) => socket.write(`${switching}Connection: Upgrade\r\nUpgrade: odd\r\n\r\n`),
    { isHopeless: false, changes: ({ isUpgrade }) => isUpgrade },
  ),
  frames('silence', Buffer.alloc(0)),
  frames('cut at once', Buffer.alloc(0), 'cut'),
  frames('ended at once', Buffer.alloc(0), 'end'),
  frames('garbage', Buffer.from('ffffffffffffffffffff', 'hex')),
  frames('reserved bits', Buffer.from('f18401020304', 'hex')),
  frames('masked, which servers never are', Buffer.from('81840102030461626364', 'hex')),
  frames('text that is no JSON', text('{"type": odd}')),
  frames('JSON that is no event', text('[null]')),
  frames('an event of nothing', text('{"type":"lifecycle","metadata":null}')),
  frames('an event of odd types', text('{"type":7,"metadata":{"action":[],"source":{}}}')),
  frames('an operation of nothing', text('{"type":"operation","metadata":{"id":7}}')),
  frames('text that is not UTF-8', Buffer.from('8102c328', 'hex')),
  frames('a frame of 2^62 bytes', Buffer.from('827f4000000000000000', 'hex')),
  frames('half a frame, and cut', Buffer.from('827e0100616263', 'hex'), 'cut'),
  frames('a message without an end', Buffer.from('0203616263', 'hex')),
  frames('a close of an odd code', Buffer.from('8802fffe', 'hex')),
  frames('a close of one byte', Buffer.from('880100', 'hex')),
  frames('a close with a refusal', Buffer.from('880403f3' + '6f6f', 'hex')),
  frames('many pings', Buffer.from('8900'.repeat(2000), 'hex')),
];
