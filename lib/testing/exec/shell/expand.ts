import type { FileSystem } from '../../files/file-system.js';
import { ArithmeticError, evaluate } from './arithmetic.js';
import { glob, sourceOf } from './pattern.js';
import { ShellError, type Scope } from './scope.js';
import type { Parameter, Part, Script, Word } from './syntax.js';

/** What expansion needs of the shell. */
export interface Expanding {
  readonly scope: Scope;
  readonly files: FileSystem;
  /** What commands write, without the line ends at the end. */
  output(script: Script): Promise<string>;
}

/** Text of a word; only what came of an expansion without quotes is split. */
interface Piece {
  text: string;
  quoted: boolean;
  split: boolean;
}

/** Where one word ends and another begins, in `"$@"`. */
const between = Symbol('between');

/** The fields that words become: variables, commands, splitting, names of files. */
export async function fieldsOf(words: readonly Word[], by: Expanding): Promise<string[]> {
  const fields: string[] = [];
  for (const word of words) {
    const pieces = await piecesOf(word, by);
    for (const field of split(pieces, by.scope.variables.get('IFS') ?? ' \t\n')) {
      const isMagic = field.some(({ text, quoted }) => !quoted && /[*?[]/.test(text));
      const found = isMagic ? glob(by.files, by.scope.cwd, patternIn(field)) : [];
      fields.push(...(found.length > 0 ? found : [field.map(({ text }) => text).join('')]));
    }
  }
  return fields;
}

/** One text, which is not split: of an assignment, a redirection, the subject of `case`. */
export async function textOf(word: Word, by: Expanding): Promise<string> {
  const pieces = await piecesOf(word, by);
  return pieces.map((piece) => (piece === between ? ' ' : piece.text)).join('');
}

/** The same as a pattern, in which what was quoted means itself. */
export async function patternFrom(word: Word, by: Expanding): Promise<string> {
  const pieces = await piecesOf(word, by);
  return patternIn(pieces.flatMap((piece) => (piece === between ? [] : [piece])));
}

function patternIn(pieces: readonly Piece[]): string {
  return pieces.map(({ text, quoted }) => (quoted ? text.replace(/[\\*?[\]]/g, '\\$&') : text)).join('');
}

function split(pieces: readonly (Piece | typeof between)[], separators: string): Piece[][] {
  const fields: Piece[][] = [];
  let field: Piece[] | undefined;
  const end = (): void => {
    if (field) fields.push(field);
    field = undefined;
  };
  for (const piece of pieces) {
    if (piece === between) {
      fields.push(field ?? []);
      field = [];
    } else if (!piece.split) {
      (field ??= []).push(piece);
    } else {
      for (const [index, part] of partsOf(piece.text, separators).entries()) {
        if (index > 0) {
          if (part.isHard) field ??= [];
          end();
        }
        if (part.text !== '') (field ??= []).push({ ...piece, text: part.text });
      }
    }
  }
  end();
  return fields;
}

/** A text between its separators; `isHard` of what comes after one that is no blank, which ends even an empty field. */
function partsOf(text: string, separators: string): { text: string; isHard: boolean }[] {
  let last = { text: '', isHard: false };
  const parts = [last];
  for (const letter of text) {
    if (!separators.includes(letter)) last.text += letter;
    else {
      const isHard = !/\s/.test(letter);
      if (last.text === '' && parts.length > 1 && !(isHard && last.isHard)) last.isHard ||= isHard;
      else parts.push((last = { text: '', isHard }));
    }
  }
  return parts;
}

async function piecesOf(word: Word, by: Expanding): Promise<(Piece | typeof between)[]> {
  const pieces: (Piece | typeof between)[] = [];
  for (const [index, part] of word.entries()) {
    const isAll =
      part.kind === 'parameter' && part.name === '@' && part.quoted && part.operator === undefined;
    if (!isAll) {
      pieces.push(...(await pieceOf(part, by, index === 0)));
      continue;
    }
    const { positional } = by.scope;
    // `"$@"` of no arguments is no word at all.
    if (positional.length === 0 && pieces.every((one) => one !== between && one.text === ''))
      pieces.length = 0;
    for (const [at, text] of positional.entries()) {
      if (at > 0) pieces.push(between);
      pieces.push({ text, quoted: true, split: false });
    }
  }
  return pieces;
}

async function pieceOf(part: Part, by: Expanding, isFirst: boolean): Promise<(Piece | typeof between)[]> {
  const { quoted } = part;
  const piece = (text: string): Piece[] => [{ text, quoted, split: !quoted }];
  switch (part.kind) {
    case 'text': {
      const isHome = isFirst && !quoted && /^~(\/|$)/.test(part.text);
      const text = isHome ? (by.scope.get('HOME') ?? '~') + part.text.slice(1) : part.text;
      return [{ text, quoted, split: false }];
    }
    case 'command':
      return piece(await by.output(part.script));
    case 'arithmetic':
      return piece(await arithmetic(part.expression, by));
    case 'parameter':
      return parameter(part, by);
  }
}

async function arithmetic(expression: Word, by: Expanding): Promise<string> {
  const { scope } = by;
  try {
    const numbers = {
      get: (name: string) => scope.get(name) ?? '',
      set: (name: string, value: string) => scope.set(name, value),
    };
    return String(evaluate(await textOf(expression, by), numbers));
  } catch (error) {
    throw error instanceof ArithmeticError ? new ShellError(error.message) : error;
  }
}

async function parameter(part: Parameter, by: Expanding): Promise<(Piece | typeof between)[]> {
  const { name, quoted, operator, isColon = false, argument = [] } = part;
  const { scope } = by;
  const value = scope.get(name);
  const piece = (text: string): Piece[] => [{ text, quoted, split: !quoted }];
  const isGiven = value !== undefined && !(isColon && value === '');
  switch (operator) {
    case '+':
      return isGiven ? instead(argument, quoted, by) : piece('');
    case '-':
      return isGiven ? piece(value) : instead(argument, quoted, by);
    case '=': {
      if (isGiven) return piece(value);
      const text = await textOf(argument, by);
      scope.set(name, text);
      return piece(text);
    }
    case '?':
      if (isGiven) return piece(value);
      throw new ShellError(`${name}: ${(await textOf(argument, by)) || 'parameter not set'}`);
    default:
      if (value === undefined && scope.options.has('nounset') && !/^[@*]$/.test(name))
        throw new ShellError(`${name}: parameter not set`);
      return piece(await changed(value ?? '', part, by));
  }
}

/** What stands for a value is split as that would be. */
async function instead(argument: Word, quoted: boolean, by: Expanding): Promise<(Piece | typeof between)[]> {
  const pieces = await piecesOf(argument, by);
  return pieces.map((one) => (one === between ? one : { ...one, split: !quoted && !one.quoted }));
}

async function changed(
  value: string,
  { operator, argument = [] }: Parameter,
  by: Expanding,
): Promise<string> {
  if (operator === undefined) return value;
  if (operator === 'length') return String(Array.from(value).length);
  if (operator === ':') return slice(value, await textOf(argument, by), by);
  if (operator === '/' || operator === '//') return replaced(value, argument, operator, by);
  const source = sourceOf(await patternFrom(argument, by));
  const isLong = operator.length === 2;
  const isFront = operator.startsWith('#');
  const ends = [...Array(value.length + 1).keys()];
  const order = isFront === isLong ? ends.reverse() : ends;
  const expression = new RegExp(`^${source}$`, 's');
  const at = order.find((end) => expression.test(isFront ? value.slice(0, end) : value.slice(end)));
  if (at === undefined) return value;
  return isFront ? value.slice(at) : value.slice(0, at);
}

/** `${name:offset:length}` */
async function slice(value: string, argument: string, by: Expanding): Promise<string> {
  const at = async (text: string): Promise<number> =>
    Number(await arithmetic([{ kind: 'text', text, quoted: true }], by));
  const [from = '', length] = argument.split(':');
  const letters = Array.from(value);
  const given = await at(from);
  const start = given < 0 ? Math.max(0, letters.length + given) : given;
  if (length === undefined) return letters.slice(start).join('');
  const many = await at(length);
  return letters.slice(start, many < 0 ? many : start + many).join('');
}

/** `${name/pattern/text}` */
async function replaced(value: string, argument: Word, operator: '/' | '//', by: Expanding): Promise<string> {
  const at = argument.findIndex((part) => part.kind === 'text' && !part.quoted && part.text.includes('/'));
  const part = argument[at];
  const cut = part?.kind === 'text' ? part.text.indexOf('/') : 0;
  const piece = (text: string): Word => [{ kind: 'text', text, quoted: false }];
  const text = part?.kind === 'text' ? part.text : '';
  const pattern = at < 0 ? argument : [...argument.slice(0, at), ...piece(text.slice(0, cut))];
  const replacement = at < 0 ? [] : [...piece(text.slice(cut + 1)), ...argument.slice(at + 1)];
  const source = sourceOf(await patternFrom(pattern, by));
  if (source === '') return value;
  const wanted = await textOf(replacement, by);
  return value.replace(new RegExp(source, operator === '//' ? 'gs' : 's'), () => wanted);
}
