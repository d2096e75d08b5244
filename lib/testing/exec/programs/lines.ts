import { classOf } from '../shell/pattern.js';
import { Failure, program, type Task } from './program.js';

/** `-k 2,3n`: from a field to a field, with options of its own. */
interface Key {
  from: number;
  to: number;
  options: string;
}

export const sort = program(async (task) => {
  const { given, rest } = task.options('nrufbcsk:t:o:', 2);
  const separator = given.get('t');
  const key = given.has('k') ? keyOf(given.get('k') ?? '') : undefined;
  const has = (letter: string): boolean => given.has(letter) || (key?.options.includes(letter) ?? false);
  if (has('f') || has('c')) throw new Failure("tslxd/testing does not have the options '-c' and '-f'", 2);
  const lines = await task.allLines(rest);
  if (task.code !== 0) return 2;
  const part = (line: string): string => {
    const value = key
      ? fieldsOf(line, separator)
          .slice(key.from - 1, key.to)
          .join(separator ?? '')
      : line;
    return has('b') || has('n') ? value.trimStart() : value;
  };
  const order = (a: string, b: string): number => {
    const way = has('r') ? -1 : 1;
    const [x, y] = [part(a), part(b)];
    if (has('n')) return way * (numberAt(x) - numberAt(y));
    return way * bytewise(x, y);
  };
  const isLast = !given.has('u') && !given.has('s');
  const sorted = lines.sort(
    (a, b) => order(a, b) || (isLast ? bytewise(a, b) * (given.has('r') ? -1 : 1) : 0),
  );
  const kept = given.has('u')
    ? sorted.filter((line, at) => at === 0 || order(sorted[at - 1] ?? '', line) !== 0)
    : sorted;
  const text = kept.map((line) => `${line}\n`).join('');
  const path = given.get('o');
  if (path === undefined) await task.say(text);
  else
    await task.try(
      () => task.files.write(task.path(path), Buffer.from(text), { modified: task.now }),
      (reason) => `${path}: ${reason}`,
    );
  return task.code;
});

function keyOf(text: string): Key {
  const [, from, , to, options = ''] = /^(\d+)([a-z]*)(?:,(\d+)([a-z]*))?$/.exec(text) ?? [];
  if (from === undefined) throw new Failure(`bad field specification '${text}'`, 2);
  const letters = /^\d+([a-z]*)/.exec(text)?.[1] ?? '';
  return { from: Number(from), to: to === undefined ? Infinity : Number(to), options: letters + options };
}

function fieldsOf(line: string, separator: string | undefined): string[] {
  return separator === undefined ? (line.match(/\s*\S+/g) ?? []) : line.split(separator);
}

const numberAt = (text: string): number => Number(/^\s*-?\d*\.?\d*/.exec(text)?.[0] ?? 0) || 0;
const bytewise = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b));

export const uniq = program(async (task) => {
  const { given, rest } = task.options('cdui');
  const lines = await task.allLines(rest.slice(0, 1), (path, reason) => `can't open '${path}': ${reason}`);
  const groups: { line: string; many: number }[] = [];
  const same = (a: string, b: string): boolean =>
    given.has('i') ? a.toLowerCase() === b.toLowerCase() : a === b;
  for (const line of lines) {
    const last = groups.at(-1);
    if (last && same(last.line, line)) last.many++;
    else groups.push({ line, many: 1 });
  }
  const kept = groups.filter(({ many }) => (!given.has('d') || many > 1) && (!given.has('u') || many === 1));
  await task.lines(
    kept.map(({ line, many }) => (given.has('c') ? `${String(many).padStart(7)} ${line}` : line)),
  );
});

export const cut = program(async (task) => {
  const { given, rest } = task.options('d:f:c:b:sn');
  const unit = ['f', 'c', 'b'].find((letter) => given.has(letter));
  if (unit === undefined) throw new Failure('expected a list of bytes, characters, or fields');
  const isIn = rangesOf(given.get(unit) ?? '');
  const separator = given.get('d') ?? '\t';
  const lines = await task.allLines(rest);
  const cutOf = (line: string): string[] => {
    if (unit !== 'f')
      return [
        Array.from(line)
          .filter((_, at) => isIn(at + 1))
          .join(''),
      ];
    if (!line.includes(separator)) return given.has('s') ? [] : [line];
    return [
      line
        .split(separator)
        .filter((_, at) => isIn(at + 1))
        .join(separator),
    ];
  };
  await task.lines(lines.flatMap(cutOf));
});

/** `1,3-5,7-` */
function rangesOf(list: string): (at: number) => boolean {
  const ranges = list.split(',').map((part) => {
    const [, from = '', dash, to = ''] = /^(\d*)(-?)(\d*)$/.exec(part) ?? [];
    if (from + to === '' || from === '0') throw new Failure(`bad list value`);
    const first = from === '' ? 1 : Number(from);
    return [first, dash ? (to === '' ? Infinity : Number(to)) : first] as const;
  });
  return (at) => ranges.some(([from, to]) => at >= from && at <= to);
}

export const tr = program(async (task) => {
  const { given, rest } = task.options('cds');
  const [first, second] = rest;
  if (first === undefined) throw new Failure('missing operand');
  const isMember = memberOf(first, given.has('c'));
  const from = lettersOf(first);
  const to = lettersOf(second ?? '');
  const squeezed = second === undefined ? isMember : memberOf(second, false);
  const text = (await bytesOf(task)).toString('latin1');
  let result = '';
  let last: string | undefined;
  for (const letter of text) {
    let next = letter;
    if (isMember(letter)) {
      if (given.has('d')) continue;
      if (second !== undefined)
        next = (given.has('c') ? to.at(-1) : (to[from.lastIndexOf(letter)] ?? to.at(-1))) ?? letter;
    }
    if (given.has('s') && next === last && squeezed(next)) continue;
    result += next;
    last = next;
  }
  await task.say(Buffer.from(result, 'latin1'));
});

async function bytesOf(task: Task): Promise<Buffer> {
  const pieces: Buffer[] = [];
  for await (const { bytes } of task.inputs([])) pieces.push(bytes);
  return Buffer.concat(pieces);
}

function memberOf(set: string, isComplement: boolean): (letter: string) => boolean {
  const letters = new Set(lettersOf(set));
  return (letter) => letters.has(letter) !== isComplement;
}

const escapes: Readonly<Record<string, string>> = {
  n: '\n',
  t: '\t',
  r: '\r',
  '\\': '\\',
  a: '\x07',
  b: '\b',
  f: '\f',
  v: '\v',
};

/** The letters of a set: `a-z`, `[:digit:]`, `\n`, `\012`. */
function lettersOf(set: string): string[] {
  const letters: string[] = [];
  const bytes = Buffer.from(set).toString('latin1');
  const tokens = bytes.match(/\[:\w+:\]|\\[0-7]{1,3}|\\[^]|[^]/g) ?? [];
  const plain = (token: string): string => {
    if (/^\\[0-7]/.test(token)) return String.fromCharCode(parseInt(token.slice(1), 8));
    return token.length > 1 ? (escapes[token.charAt(1)] ?? token.charAt(1)) : token;
  };
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at] ?? '';
    if (token.startsWith('[:')) {
      const expression = new RegExp(`[${classOf(token)}]`);
      for (let code = 0; code < 256; code++)
        if (expression.test(String.fromCharCode(code))) letters.push(String.fromCharCode(code));
    } else if (tokens[at + 1] === '-' && tokens[at + 2] !== undefined) {
      const end = plain(tokens[at + 2] ?? '').charCodeAt(0);
      for (let code = plain(token).charCodeAt(0); code <= end; code++)
        letters.push(String.fromCharCode(code));
      at += 2;
    } else letters.push(plain(token));
  }
  return letters;
}

export const rev = program(async (task) => {
  const lines = await task.allLines(task.options('').rest);
  await task.lines(lines.map((line) => Array.from(line).reverse().join('')));
});

export const tac = program(async (task) => {
  await task.lines((await task.allLines(task.options('').rest)).reverse());
});
