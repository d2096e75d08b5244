import type { IncomingHttpHeaders } from 'node:http';

/** The cookie of LXD's, by which it knows a login without asking the provider at each request. */
const name = 'session';

/** The value that an answer sets: text, '' where it is deleted, undefined where nothing is said of it. */
export function sessionSet({ 'set-cookie': cookies = [] }: IncomingHttpHeaders): string | undefined {
  let value: string | undefined;
  for (const cookie of cookies) {
    const [pair = '', ...attributes] = cookie.split(';').map((part) => part.trim());
    const at = pair.indexOf('=');
    if (pair.slice(0, at) !== name) continue;
    // What could not be sent back is none.
    const text = /^[\x21\x23-\x2b\x2d-\x3a\x3c-\x5b\x5d-\x7e]*$/.test(pair.slice(at + 1))
      ? pair.slice(at + 1)
      : '';
    value = attributes.some(isOver) ? '' : text;
  }
  return value;
}

/** The header that sends it back. */
export function sessionHeader(value: string): { cookie: string } {
  return { cookie: `${name}=${value}` };
}

function isOver(attribute: string): boolean {
  const [key = '', value = ''] = attribute.split('=');
  if (/^max-age$/i.test(key)) return Number(value) <= 0;
  return /^expires$/i.test(key) && Date.parse(value) <= Date.now();
}
