/** What a damaged, strange or hostile server says to any request. */
export interface OddAnswer {
  /** Written one after the other, with a pause between. */
  bytes: string[];
  /** What becomes of the connection then. */
  end: 'end' | 'destroy' | 'open';
  /** Whether a call may take it for an answer: never, unless said. */
  mayPass?: boolean;
}

const ok = 'HTTP/1.1 200 OK\r\n';
const octets = `${ok}Content-Type: application/octet-stream\r\n`;
const file = `${octets}X-LXD-type: file\r\nX-Incus-type: file\r\n`;
const chunked = `${file}Transfer-Encoding: chunked\r\n\r\n`;
const envelope = (value: object, status = '200 OK') => {
  const body = JSON.stringify(value);
  return `HTTP/1.1 ${status}\r\nContent-Type: application/json\r\nContent-Length: ${String(body.length)}\r\n\r\n${body}`;
};
const form = `${ok}Content-Type: multipart/form-data; boundary=b\r\n`;
const part = (name: string, body: string) =>
  `--b\r\nContent-Disposition: form-data; name="${name}"; filename="f"\r\n\r\n${body}\r\n`;
const error = { type: 'error', error: 'Because', error_code: 403, metadata: null };

export const answers: Record<string, OddAnswer> = {
  'a chunk size that is none, behind the head': { bytes: [`${chunked}ZZ\r\nabc\r\n`], end: 'open' },
  'a chunk size that is none, later': { bytes: [chunked, 'ZZ\r\nabc\r\n'], end: 'open' },
  'a chunk size that is none, after a chunk': { bytes: [`${chunked}3\r\nabc\r\n`, 'ZZ\r\n'], end: 'open' },
  'a chunk without its end': { bytes: [`${chunked}3\r\nabcdef\r\n0\r\n\r\n`], end: 'open' },
  'more bytes than told': { bytes: [`${file}Content-Length: 2\r\n\r\n{}more`], end: 'open', mayPass: true },
  'more bytes than told, later': {
    bytes: [`${file}Content-Length: 2\r\n\r\n{}`, 'more'],
    end: 'open',
    mayPass: true,
  },
  'a body where none may be': {
    bytes: [`${file}Content-Length: 5\r\n\r\nhello`],
    end: 'open',
    mayPass: true,
  },
  'fewer bytes than told': { bytes: [`${file}Content-Length: 9\r\n\r\nabc`], end: 'end', mayPass: true },
  'fewer bytes than told, reset': {
    bytes: [`${file}Content-Length: 9\r\n\r\nabc`],
    end: 'destroy',
    mayPass: true,
  },
  'a body that stalls': { bytes: [`${file}Content-Length: 9\r\n\r\nabc`], end: 'open', mayPass: true },
  'a refusal that stalls': {
    bytes: ['HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{"type":'],
    end: 'open',
  },
  'a refusal with a damaged chunk': {
    bytes: ['HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n'],
    end: 'open',
  },
  'nothing at all': { bytes: [], end: 'open' },
  'half a head': { bytes: ['HTTP/1.1 200 OK\r\nContent-'], end: 'open' },
  'interim answers without an end': {
    bytes: Array.from({ length: 20 }, () => 'HTTP/1.1 102 Processing\r\n\r\n'),
    end: 'open',
  },
  'two lengths': { bytes: [`${file}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{}`], end: 'open' },
  'a length and chunks': {
    bytes: [`${file}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n{}`],
    end: 'open',
  },
  'a head that is too long': { bytes: [`${ok}X: ${'x'.repeat(100_000)}\r\n\r\n`], end: 'open' },
  'no HTTP': { bytes: ['SSH-2.0-OpenSSH_9.2\r\n'], end: 'open' },
  'an unasked 101': {
    bytes: ['HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\nnoise'],
    end: 'open',
    mayPass: true,
  },
  'an unasked 101 without its headers': {
    bytes: ['HTTP/1.1 101 Switching Protocols\r\n\r\nnoise'],
    end: 'open',
  },
  'a 204': { bytes: ['HTTP/1.1 204 No Content\r\n\r\n'], end: 'open' },
  'a 205': { bytes: ['HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n'], end: 'open' },
  'a 206': {
    bytes: [
      `HTTP/1.1 206 Partial Content\r\nX-LXD-type: file\r\nX-Incus-type: file\r\nContent-Range: bytes 0-1/9\r\nContent-Length: 2\r\n\r\nab`,
    ],
    end: 'open',
  },
  'a 304': { bytes: ['HTTP/1.1 304 Not Modified\r\n\r\n'], end: 'open' },
  'a 300': { bytes: ['HTTP/1.1 300 Multiple Choices\r\nContent-Length: 2\r\n\r\n{}'], end: 'open' },
  'a 302 to a login page': {
    bytes: [
      'HTTP/1.1 302 Found\r\nLocation: https://login.example/?q=secret\r\nContent-Length: 5\r\n\r\nlogin',
    ],
    end: 'open',
  },
  'a 302 to nowhere': { bytes: ['HTTP/1.1 302 Found\r\nContent-Length: 5\r\n\r\nlogin'], end: 'open' },
  'a 307 to itself': {
    bytes: ['HTTP/1.1 307 Temporary Redirect\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n'],
    end: 'open',
  },
  'an error inside a 200': { bytes: [envelope(error)], end: 'open' },
  'an error inside a 200, in two pieces': {
    bytes: [envelope(error).slice(0, -9), envelope(error).slice(-9)],
    end: 'open',
  },
  'an answer under a 304': {
    bytes: [envelope({ type: 'sync', metadata: {} }, '304 Not Modified')],
    end: 'open',
  },
  'half a form': {
    bytes: [`${form}\r\n${part('metadata', 'm')}--b\r\nContent-Dispo`],
    end: 'end',
    mayPass: true,
  },
  'half a form, reset': { bytes: [`${form}\r\n${part('metadata', 'm')}`], end: 'destroy', mayPass: true },
  'a form that stalls': {
    bytes: [`${form}Content-Length: 999\r\n\r\n${part('metadata', 'm')}`],
    end: 'open',
    mayPass: true,
  },
  'a form with a damaged chunk': {
    bytes: [`${form}Transfer-Encoding: chunked\r\n\r\n`, '3\r\n--b\r\nZZ\r\n'],
    end: 'open',
  },
  'a form without a boundary': {
    bytes: [`${ok}Content-Type: multipart/form-data\r\nContent-Length: 2\r\n\r\n{}`],
    end: 'open',
    mayPass: true,
  },
  'a form of other parts': {
    bytes: [`${form}\r\n${part('../../x', 'm')}${part('rootfs', 'r')}--b--\r\n`],
    end: 'end',
    mayPass: true,
  },
  'a success under a 404': {
    bytes: [envelope({ type: 'sync', metadata: {} }, '404 Not Found')],
    end: 'open',
  },
};

/** What must succeed before the call that is tried. */
export function good(path: string): string | undefined {
  if (/^\/1\.0(\?|$)/.test(path)) {
    const extensions = ['instances', 'instance_get_full'];
    return envelope({
      type: 'sync',
      metadata: { config: {}, api_extensions: extensions, auth: 'trusted', environment: { server: 'lxd' } },
    });
  }
  if (/^\/1\.0\/(instances\/x|images\/ab)(\?|$)/.test(path)) {
    return envelope({
      type: 'sync',
      metadata: { name: 'x', status: 'Running', fingerprint: 'ab', size: 3, config: {} },
    });
  }
  return undefined;
}
