import { Failure, program } from './program.js';

const letters: Readonly<Record<string, string>> = {
  ...{ a: '\x07', b: '\b', e: '\x1b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\' },
};

/** Bytes, since `\xff` and `\377` are one each; `isEnd` after `\c`. */
function escaped(text: string, octal: RegExp): { bytes: Buffer; isEnd: boolean } {
  const parts: Buffer[] = [];
  const tokens = text.match(/\\x[\da-fA-F]{1,2}|\\0[0-7]{1,3}|\\[0-7]{1,3}|\\[^]|[^\\]+|\\$/g) ?? [];
  for (const token of tokens) {
    if (token === '\\c') return { bytes: Buffer.concat(parts), isEnd: true };
    if (/^\\x./.test(token)) parts.push(Buffer.of(parseInt(token.slice(2), 16)));
    else if (octal.test(token)) parts.push(Buffer.of(parseInt(token.slice(1), 8) & 255));
    else parts.push(Buffer.from((token.startsWith('\\') && letters[token.charAt(1)]) || token));
  }
  return { bytes: Buffer.concat(parts), isEnd: false };
}

const anyOctal = /^\\[0-7]/;

export const echo = program(async (task) => {
  const words = [...task.args];
  let [hasEnd, isRaw] = [true, true];
  while (/^-[neE]+$/.test(words[0] ?? '')) {
    for (const letter of words.shift() ?? '') {
      if (letter === 'n') hasEnd = false;
      else if (letter !== '-') isRaw = letter === 'E';
    }
  }
  const text = words.join(' ');
  const { bytes, isEnd } = isRaw ? { bytes: Buffer.from(text), isEnd: false } : escaped(text, anyOctal);
  await task.say(Buffer.concat([bytes, Buffer.from(hasEnd && !isEnd ? '\n' : '')]));
});

const directive = /^%([-+ 0#]*)(\*|\d+)?(?:\.(\*|\d+))?([diouxXcsbeEfgG%])/;

/** `printf`, which begins its format again as long as there are arguments. */
export const printf = program(
  async (task) => {
    const [format, ...args] = task.args;
    if (format === undefined) {
      throw new Failure('usage: printf FORMAT [ARGUMENT...]', 2);
    }
    const parts: Buffer[] = [];
    let problem: string | undefined;
    const state = { args, at: 0 };
    const number = (text: string): number => {
      const value = numberIn(text);
      if (value === undefined) problem ??= `invalid number '${text}'`;
      return value ?? 0;
    };
    do {
      const before = state.at;
      const isWhole = once(format, state, parts, number);
      if (isWhole !== true) {
        await task.say(Buffer.concat(parts));
        if (isWhole === false) return problem === undefined ? 0 : 1;
        throw new Failure(`${isWhole}: invalid format`);
      }
      if (state.at === before) break;
    } while (state.at < args.length);
    await task.say(Buffer.concat(parts));
    if (problem !== undefined) throw new Failure(problem);
    return 0;
  },
  { isOfShell: true },
);

/** One time through the format; false where it is over, or what of it is none. */
function once(
  format: string,
  state: { args: readonly string[]; at: number },
  parts: Buffer[],
  number: (text: string) => number,
): boolean | string {
  for (let rest = format; rest !== '';) {
    const at = rest.search(/%/);
    const plain = at < 0 ? rest : rest.slice(0, at);
    const { bytes, isEnd } = escaped(plain, anyOctal);
    parts.push(bytes);
    if (isEnd) return false;
    if (at < 0) return true;
    rest = rest.slice(at);
    const [whole, flags = '', width = '', precision, kind] = directive.exec(rest) ?? [];
    if (whole === undefined || kind === undefined) return rest;
    rest = rest.slice(whole.length);
    const next = (): string => state.args[state.at++] ?? '';
    if (kind === '%') {
      parts.push(Buffer.from('%'));
      continue;
    }
    const wide = width === '*' ? number(next()) : Number(width);
    const exact =
      precision === '*' ? number(next()) : precision === undefined ? undefined : Number(precision);
    const given = next();
    if (kind === 'b') {
      const inner = escaped(given, anyOctal);
      parts.push(inner.bytes);
      if (inner.isEnd) return false;
      continue;
    }
    parts.push(Buffer.from(padded(shown(kind, given, flags, exact, number), flags, wide, kind)));
  }
  return true;
}

function shown(
  kind: string,
  given: string,
  flags: string,
  exact: number | undefined,
  number: (text: string) => number,
): string {
  if (kind === 's') return exact === undefined ? given : given.slice(0, exact);
  if (kind === 'c') return given.charAt(0);
  const value = given === '' ? 0 : number(given);
  const sign =
    value >= 0 && /[di]|[efg]/i.test(kind)
      ? flags.includes('+')
        ? '+'
        : flags.includes(' ')
          ? ' '
          : ''
      : '';
  switch (kind) {
    case 'd':
    case 'i':
    case 'u':
      return sign + String(Math.trunc(value)).replace(/\d+/, (digits) => digits.padStart(exact ?? 0, '0'));
    case 'o':
      return Math.trunc(value).toString(8);
    case 'x':
    case 'X': {
      const text = (flags.includes('#') && value !== 0 ? '0x' : '') + Math.trunc(value).toString(16);
      return kind === 'X' ? text.toUpperCase() : text;
    }
    case 'f':
      return sign + value.toFixed(exact ?? 6);
    default: {
      const text =
        kind.toLowerCase() === 'e'
          ? value.toExponential(exact ?? 6)
          : String(Number(value.toPrecision(exact === 0 ? 1 : (exact ?? 6))));
      const exponent = sign + text.replace(/e([-+])(\d)$/, 'e$10$2');
      return /[EG]/.test(kind) ? exponent.toUpperCase() : exponent;
    }
  }
}

function padded(text: string, flags: string, width: number, kind: string): string {
  if (flags.includes('-')) return text.padEnd(width);
  if (!flags.includes('0') || /[sc]/.test(kind)) return text.padStart(width);
  const [, sign = '', digits = ''] = /^([-+ ]?)([^]*)$/.exec(text) ?? [];
  return sign + digits.padStart(width - sign.length, '0');
}

function numberIn(text: string): number | undefined {
  if (/^["']/.test(text)) return text.codePointAt(1) ?? 0;
  if (/^[-+]?0[0-7]+$/.test(text)) return parseInt(text, 8);
  if (/^[-+]?0x[\da-f]+$/i.test(text))
    return Number(text.replace(/^[-+]/, '')) * (text.startsWith('-') ? -1 : 1);
  return /^\s*[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
}
