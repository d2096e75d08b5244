import { hidden } from './secrets.js';

/** What is base64 of a JSON object, as the tokens of both servers are, or a JWT; also behind what is escaped. */
const token = /(?<=^|[^\w+-]|%[0-9A-F]{2}|\\[nrt])(?:eyJ|eyA|ewo)[\w+/.~-]{17,}={0,2}/g;

/** A PEM block with something in it, to its end or, where it was cut off, that of the text; it may be escaped. */
const pem =
  /-----BEGIN[\w %]+-----(?=(?:\\+[nr]|%0[AD]|[\s'"+])*(?:Proc-Type|[\w%+/=]{16}))[^]*?(?:-----END[\w %]+-----|$)/gi;

/** Whether a text has a token in it. */
export function hasToken(text: string): boolean {
  return text.search(token) >= 0;
}

/** Whether a text is, or has in it, PEM. */
export function hasPem(text: string): boolean {
  return text.includes('-----BEGIN ');
}

/** A text of ours without the tokens and keys that somebody's values have brought into it. */
export function veiled(text: string): string {
  return text.replace(pem, hidden).replace(token, hidden);
}

/** What a line of a message has room for, in characters. */
const longest = 160;

/**
 * A caller's text for messages, in quotation marks: never a token, a key, or what a URL has before its host or after its
 * path; one line, and not a long one.
 */
export function shown(text: string): string {
  if (hasPem(text)) return '(PEM text)';
  const line = bare(veiled(text)).replace(/[\p{Cc}\p{Cs}]/gu, (one) => JSON.stringify(one).slice(1, -1));
  const rest = line.length - longest;
  return rest > 0 ? `'${line.slice(0, longest)}…' and ${rest} characters more` : `'${line}'`;
}

/** A URL without its user and password, query and hash. */
function bare(text: string): string {
  if (!text.includes('://')) return text;
  return text.replace(/\/\/[^/]*@/g, `//${hidden}@`).replace(/[?#].*$/s, (rest) => `${rest[0]}${hidden}`);
}
