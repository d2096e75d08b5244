import { randomBytes } from 'node:crypto';

/** A file that is sent. */
export interface ServedFile {
  /** For whoever saves it; there is none of some. */
  name: string;
  data: Uint8Array;
  /** Milliseconds since 1970. */
  modified: number;
  headers?: Readonly<Record<string, string>>;
}

/** A range of bytes, with its end. */
type Range = readonly [from: number, to: number];

/** Answers a GET as Go's `http.ServeContent` does: with all of a file, with ranges of it, or that it is as it was. */
export function served({ headers }: Request, file: ServedFile): Response {
  const { name, data, modified } = file;
  const own = {
    ...file.headers,
    'content-disposition': `inline;filename=${name}`,
    // Go takes the beginning of time for none.
    ...(modified > 0 && { 'last-modified': new Date(modified).toUTCString() }),
  };
  const since = Date.parse(headers.get('if-modified-since') ?? '');
  if (modified > 0 && Math.floor(modified / 1000) * 1000 <= since)
    return new Response(null, { status: 304, headers: own });
  const asked = isStill(headers.get('if-range'), modified) ? headers.get('range') : null;
  const whole = { ...own, 'accept-ranges': 'bytes', 'content-type': 'application/octet-stream' };
  const ranges = asked ? rangesIn(asked, data.length) : [];
  if (ranges instanceof Response) {
    for (const [key, value] of Object.entries(own)) ranges.headers.set(key, value);
    return ranges;
  }
  const [first, second] = ranges;
  const isShort = ranges.reduce((sum, [from, to]) => sum + to - from + 1, 0) <= data.length;
  if (!first || !isShort) return sent(200, data, whole);
  if (second) return several(data, ranges, whole);
  const range = { 'content-range': textOf(first, data.length) };
  return sent(206, data.subarray(first[0], first[1] + 1), { ...whole, ...range });
}

function sent(status: number, data: Uint8Array, headers: Record<string, string>): Response {
  return new Response(new Uint8Array(data), {
    status,
    headers: { ...headers, 'content-length': String(data.length) },
  });
}

const textOf = ([from, to]: Range, size: number): string =>
  `bytes ${String(from)}-${String(to)}/${String(size)}`;

/** `If-Range` of an older file, or of an ETag, which none has, is one of which no part is wanted. */
function isStill(given: string | null, modified: number): boolean {
  return given === null || Date.parse(given) === Math.floor(modified / 1000) * 1000;
}

/** What is asked for of so many bytes, or the refusal of what is no range, or of none that is there. */
function rangesIn(text: string, size: number): Range[] | Response {
  const [, list] = /^bytes=(.*)$/.exec(text) ?? [];
  if (list === undefined) return refused('invalid range');
  const ranges: Range[] = [];
  const parts = list.split(',').map((part) => part.trim());
  for (const part of parts.filter(Boolean)) {
    const [, from = '', to = ''] = /^(\d*)\s*-\s*(\d*)$/.exec(part) ?? [];
    if (from + to === '' || (from !== '' && to !== '' && Number(from) > Number(to)))
      return refused('invalid range');
    if (from === '') ranges.push([Math.max(0, size - Number(to)), size - 1]);
    else if (Number(from) < size)
      ranges.push([Number(from), to === '' ? size - 1 : Math.min(Number(to), size - 1)]);
  }
  if (ranges.length > 0 || parts.every((part) => part === '')) return ranges;
  return refused('invalid range: failed to overlap', { 'content-range': `bytes */${String(size)}` });
}

function refused(text: string, headers: Record<string, string> = {}): Response {
  const body = `${text}\n`;
  return new Response(body, {
    status: 416,
    headers: {
      ...headers,
      'content-length': String(body.length),
      'content-type': 'text/plain; charset=utf-8',
      'x-content-type-options': 'nosniff',
    },
  });
}

function several(data: Uint8Array, ranges: readonly Range[], headers: Record<string, string>): Response {
  const boundary = randomBytes(30).toString('hex');
  const parts = ranges.flatMap((range, index) => {
    const head = `Content-Range: ${textOf(range, data.length)}\r\nContent-Type: ${headers['content-type'] ?? ''}`;
    const start = `${index > 0 ? '\r\n' : ''}--${boundary}\r\n${head}\r\n\r\n`;
    return [Buffer.from(start), data.subarray(range[0], range[1] + 1)];
  });
  const all = Buffer.concat([...parts, Buffer.from(`\r\n--${boundary}--\r\n`)]);
  return sent(206, all, { ...headers, 'content-type': `multipart/byteranges; boundary=${boundary}` });
}
