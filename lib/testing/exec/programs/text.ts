import { createHash } from 'node:crypto';
import { piecesOf } from '../shell/input.js';
import { count, Failure, program } from './program.js';

const opening = (path: string, reason: string): string => `can't open '${path}': ${reason}`;

export const cat = program(async (task) => {
  const { rest } = task.options('u');
  for (const path of rest.length > 0 ? rest : ['-']) {
    if (path === '-') for await (const bytes of piecesOf(task.process.stdin)) await task.say(bytes);
    else for await (const { bytes } of task.inputs([path], opening)) await task.say(bytes);
  }
});

export const wc = program(async (task) => {
  const { given, rest } = task.options('lwcm');
  const all = ['l', 'w', 'c'].filter(
    (letter) => given.size === 0 || given.has(letter) || (letter === 'c' && given.has('m')),
  );
  const totals = all.map(() => 0);
  const row = (counts: readonly number[], path: string): string => {
    const name = path === '' ? '' : ` ${path}`;
    return counts.length === 1 && rest.length < 2
      ? String(counts[0]) + name
      : counts.map((one) => String(one).padStart(9)).join(' ') + name;
  };
  let files = 0;
  for await (const { path, bytes } of task.inputs(rest)) {
    const text = bytes.toString();
    const known: Readonly<Record<string, number>> = {
      l: text.split('\n').length - 1,
      w: text.split(/\s+/).filter(Boolean).length,
      c: given.has('m') ? Array.from(text).length : bytes.length,
    };
    const counts = all.map((letter) => known[letter] ?? 0);
    counts.forEach((one, index) => (totals[index] = (totals[index] ?? 0) + one));
    files++;
    await task.lines([row(counts, rest.length === 0 ? '' : path)]);
  }
  if (rest.length > 1 && files > 0) await task.lines([row(totals, 'total')]);
});

/** Its input, to its output and to files. */
export const tee = program(async (task) => {
  const { given, rest } = task.options('ai');
  const { files } = task;
  const targets: string[] = [];
  for (const path of rest) {
    const at = task.path(path);
    const isMade = await task.try(
      () => {
        if (!given.has('a') || !task.target(path)) files.write(at, Buffer.alloc(0), { modified: task.now });
        else files.read(at);
        return true;
      },
      (reason) => `${path}: ${reason}`,
    );
    if (isMade) targets.push(at);
  }
  for await (const piece of piecesOf(task.process.stdin)) {
    for (const at of targets) files.write(at, piece, { append: true, modified: task.now });
    await task.say(piece);
  }
});

export const seq = program(async (task) => {
  const words = [...task.args];
  let [isWide, separator] = [false, '\n'];
  while (/^-[ws]/.test(words[0] ?? '')) {
    const word = words.shift() ?? '';
    if (word.startsWith('-w')) isWide = true;
    else separator = word.slice(2) || (words.shift() ?? '');
  }
  const numbers = words.map((word) => {
    if (!/^[-+]?(\d+\.?\d*|\.\d+)$/.test(word)) throw new Failure(`invalid number '${word}'`);
    return Number(word);
  });
  if (numbers.length < 1 || numbers.length > 3) throw new Failure('missing operand');
  const last = numbers.at(-1) ?? 0;
  const first = numbers.length > 1 ? (numbers[0] ?? 1) : 1;
  const step = numbers.length > 2 ? (numbers[1] ?? 1) : 1;
  const places = Math.max(...words.slice(0, 2).map((word) => word.split('.')[1]?.length ?? 0));
  const found: string[] = [];
  for (let at = 0; step !== 0; at++) {
    const value = first + at * step;
    if (step > 0 ? value > last + 1e-9 : value < last - 1e-9) break;
    found.push(value.toFixed(places));
  }
  const width = isWide ? Math.max(...words.map((word) => word.length), ...found.map((one) => one.length)) : 0;
  const padded = found.map((one) =>
    one.startsWith('-') ? `-${one.slice(1).padStart(width - 1, '0')}` : one.padStart(width, '0'),
  );
  if (padded.length > 0) await task.say(`${padded.join(separator)}\n`);
});

function digest(algorithm: string) {
  return program(async (task) => {
    const { given, rest } = task.options('cs');
    if (given.has('c')) throw new Failure("tslxd/testing does not have the option '-c'");
    for await (const { path, bytes } of task.inputs(
      rest,
      (path, reason) => `can't open '${path}': ${reason}`,
    ))
      await task.lines([`${createHash(algorithm).update(bytes).digest('hex')}  ${path}`]);
  });
}

export const md5sum = digest('md5');
export const sha256sum = digest('sha256');

export const base64 = program(async (task) => {
  const { given, rest } = task.options('dw:');
  for await (const { bytes } of task.inputs(rest)) {
    if (given.has('d')) {
      await task.say(Buffer.from(bytes.toString(), 'base64'));
      continue;
    }
    const width = count(given.get('w') ?? '76');
    const text = bytes.toString('base64');
    await task.say(
      width === 0
        ? text
        : (text.match(new RegExp(`.{1,${String(width)}}`, 'g')) ?? []).map((line) => `${line}\n`).join(''),
    );
  }
});

/** Runs a command with what it reads as arguments. */
export const xargs = program(async (task, { run }) => {
  const words = [...task.args];
  const given = new Map<string, string>();
  while (/^-./.test(words[0] ?? '')) {
    const word = words.shift() ?? '';
    const letter = word.charAt(1);
    if (!'nI0rt'.includes(letter)) throw new Failure(`invalid option -- '${letter}'`);
    given.set(letter, 'nI'.includes(letter) ? word.slice(2) || (words.shift() ?? '') : '');
  }
  const command = words.length > 0 ? words : ['echo'];
  const text = (await task.allLines([])).join('\n');
  const placeholder = given.get('I');
  const items = given.has('0')
    ? text.split('\0')
    : placeholder === undefined
      ? wordsOf(text)
      : text.split('\n').map((line) => line.trimStart());
  const wanted = items.filter((item) => item !== '');
  if (wanted.length === 0 && (given.has('r') || placeholder !== undefined)) return 0;
  const each = given.has('n') ? Math.max(1, count(given.get('n') ?? '')) : Math.max(1, wanted.length);
  const groups =
    placeholder === undefined
      ? Array.from({ length: Math.max(1, Math.ceil(wanted.length / each)) }, (_, at) => [
          ...command,
          ...wanted.slice(at * each, (at + 1) * each),
        ])
      : wanted.map((item) => command.map((word) => word.replaceAll(placeholder, item)));
  let code = 0;
  for (const group of groups) {
    const child = task.process.as(group);
    const ended = await child.run(run);
    if (ended === 127 && child.isMissing) {
      await task.complain(`${group[0] ?? ''}: No such file or directory`);
      return 127;
    }
    if (ended !== 0) code = 123;
  }
  return code;
});

/** Words, of which quotes hold blanks. */
function wordsOf(text: string): string[] {
  return (text.match(/(?:"[^"]*"|'[^']*'|\\[^]|[^\s"'\\])+/g) ?? []).map((word) =>
    word.replace(
      /"([^"]*)"|'([^']*)'|\\([^])/g,
      (_, double?: string, single?: string, letter?: string) => double ?? single ?? letter ?? '',
    ),
  );
}
