import { Failure } from './program.js';
import { regexOf } from './regex.js';

/** Which line: its number, the last, or those that fit. */
export type Address = number | 'last' | RegExp;

interface Addressed {
  readonly from?: Address | undefined;
  readonly to?: Address | undefined;
  readonly isNegated: boolean;
}

export type SedCommand = Addressed &
  (
    | { readonly name: 'd' | 'p' | '=' }
    | { readonly name: 'q'; readonly code: number }
    | { readonly name: 'a' | 'i' | 'c'; readonly text: string }
    | { readonly name: 'y'; readonly letters: ReadonlyMap<string, string> }
    | {
        readonly name: 's';
        readonly expression: RegExp;
        readonly replacement: (found: readonly string[]) => string;
        readonly which: 'all' | { readonly from: number; readonly isOnly: boolean };
        readonly isPrinted: boolean;
      }
  );

/** The commands of a script. @throws Failure for what is none, or more than there is here */
export function commandsIn(script: string, isExtended: boolean): SedCommand[] {
  return new SedScript(script, isExtended).commands();
}

class SedScript {
  readonly #text: string;
  readonly #isExtended: boolean;
  #at = 0;

  constructor(text: string, isExtended: boolean) {
    this.#text = text;
    this.#isExtended = isExtended;
  }

  commands(): SedCommand[] {
    const commands: SedCommand[] = [];
    for (;;) {
      this.#match(/[\s;]*(?:#[^\n]*\n?[\s;]*)*/y);
      if (this.#at >= this.#text.length) return commands;
      commands.push(this.#command());
    }
  }

  #match(expression: RegExp): string {
    expression.lastIndex = this.#at;
    const [found = ''] = expression.exec(this.#text) ?? [];
    this.#at += found.length;
    return found;
  }

  #command(): SedCommand {
    const from = this.#address();
    const to = from !== undefined && this.#match(/\s*,\s*/y) !== '' ? this.#address() : undefined;
    const isNegated = this.#match(/\s*!?\s*/y).includes('!');
    const name = this.#text.charAt(this.#at++);
    const where: Addressed = { from, to, isNegated };
    switch (name) {
      case 'd':
      case 'p':
      case '=':
        this.#end();
        return { ...where, name };
      case 'q': {
        const code = Number(this.#match(/\s*\d*/y));
        this.#end();
        return { ...where, name, code };
      }
      case 'a':
      case 'i':
      case 'c': {
        this.#match(/[ \t]*\\?\n?[ \t]*/y);
        const text = this.#match(/(?:\\[^]|[^\n\\])*/y).replace(/\\([^])/g, '$1');
        return { ...where, name, text };
      }
      case 's':
        return { ...where, name, ...this.#substitution() };
      case 'y': {
        const [from = '', to = ''] = this.#parts();
        const letters = new Map(Array.from(from).map((letter, at) => [letter, Array.from(to)[at] ?? letter]));
        this.#end();
        return { ...where, name, letters };
      }
      case '':
        throw new Failure('missing command');
      default:
        // What busybox knows besides is refused as what it does not know is.
        throw new Failure(`unsupported command ${name}`);
    }
  }

  #end(): void {
    this.#match(/[ \t]*/y);
    if (!/^[;\n}]?$/.test(this.#text.charAt(this.#at)))
      throw new Failure(`unsupported command ${this.#text.charAt(this.#at)}`);
  }

  #address(): Address | undefined {
    const number = this.#match(/\d+|\$/y);
    if (number === '$') return 'last';
    if (number !== '') return Number(number);
    if (this.#text.charAt(this.#at) !== '/') return undefined;
    const [pattern = ''] = this.#parts(1);
    const flags = this.#match(/I/y);
    return regexOf(pattern, this.#isExtended ? 'extended' : 'basic', flags && 'i');
  }

  /** What is between delimiters, of which the first is here. */
  #parts(many = 2): string[] {
    const mark = this.#text.charAt(this.#at++);
    const parts: string[] = [];
    while (parts.length < many) {
      let part = '';
      for (;;) {
        const letter = this.#text.charAt(this.#at++);
        if (letter === '' || (letter === '\n' && parts.length === 0))
          throw new Failure(`unmatched '${mark}'`);
        if (letter === mark) break;
        if (letter === '\\' && this.#text.charAt(this.#at) === mark) part += mark === '/' ? '/' : `\\${mark}`;
        else part += letter === '\\' ? letter + this.#text.charAt(this.#at) : letter;
        if (letter === '\\') this.#at++;
      }
      parts.push(part);
    }
    return parts;
  }

  #substitution() {
    const [pattern = '', text = ''] = this.#parts();
    const flags = this.#match(/[a-zA-Z\d]*/y);
    const odd = /[^gpIi\d]/.exec(flags)?.[0];
    if (odd !== undefined) throw new Failure('unknown option to s');
    this.#end();
    const number = Number(/\d+/.exec(flags)?.[0] ?? 1);
    const isAll = flags.includes('g');
    const letters = `g${/[iI]/.test(flags) ? 'i' : ''}`;
    const expression = regexOf(pattern, this.#isExtended ? 'extended' : 'basic', letters);
    const which = isAll && number === 1 ? ('all' as const) : { from: number, isOnly: !isAll };
    const replacement = (found: readonly string[]): string =>
      text.replace(/\\([^])|&/g, (whole, letter?: string) => {
        if (whole === '&') return found[0] ?? '';
        if (/\d/.test(letter ?? '')) return found[Number(letter)] ?? '';
        return letter === 'n' ? '\n' : letter === 't' ? '\t' : (letter ?? '');
      });
    return { expression, replacement, which, isPrinted: flags.includes('p') };
  }
}
