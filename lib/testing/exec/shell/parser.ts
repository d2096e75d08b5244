import { RedirectReader } from './redirect-reader.js';
import {
  UnknownSyntax,
  type AndOr,
  type Command,
  type Pipeline,
  type Redirect,
  type Script,
  type Simple,
  type Word,
} from './syntax.js';

/** Words that mean something where a command may begin. */
const reserved = new Set(
  '! { } case do done elif else esac fi for function if select then until while [['.split(' '),
);

/** What is between a command's first word and its last. */
type Compound = Command extends infer C ? (C extends Command ? Omit<C, 'redirects' | 'line'> : never) : never;

/** Takes a script apart, one complete line after the other, so that what comes before a mistake is run. */
export class Parser extends RedirectReader {
  /** The commands of the next line that has any; undefined at the end. */
  next(): Script | undefined {
    for (;;) {
      this.skipBlanks();
      if (this.isAtEnd) return undefined;
      if (this.peek() !== '\n') break;
      this.endLine();
    }
    const commands: AndOr[] = [];
    for (;;) {
      commands.push(this.#andOr());
      this.skipBlanks();
      if (this.peek() === ';' && !this.startsWith(';;')) this.take();
      this.skipBlanks();
      if (this.isAtEnd) return commands;
      if (this.peek() === '\n') {
        this.endLine();
        return commands;
      }
      const stray = this.#reservedHere() ?? (/[);]/.test(this.peek()) ? this.odd() : undefined);
      if (stray !== undefined && !opens.has(stray)) throw this.problem(`unexpected "${stray}"`);
    }
  }

  protected override within(text: string): Parser {
    const parser = new Parser(text);
    parser.line = this.line;
    return parser;
  }

  protected override all(): Script {
    const commands: AndOr[] = [];
    for (let line = this.next(); line; line = this.next()) commands.push(...line);
    return commands;
  }

  protected override enclosed(): Script {
    const script = this.#list([')']);
    this.#expect(')');
    return script;
  }

  /** Commands up to one of these words, which is left there. */
  #list(ends: readonly string[]): Script {
    const commands: AndOr[] = [];
    for (;;) {
      this.#skipLines();
      if (this.isAtEnd || this.#isEnd(ends)) return commands;
      commands.push(this.#andOr());
      this.skipBlanks();
      if (this.peek() === ';' && !this.startsWith(';;')) this.take();
      else if (this.peek() !== '\n' && !this.isAtEnd && !this.#isEnd(ends))
        throw this.problem(`unexpected "${this.odd()}"`);
    }
  }

  #isEnd(ends: readonly string[]): boolean {
    const word = this.#reservedHere();
    return ends.some((end) => (/^\W/.test(end) && end !== '}' ? this.startsWith(end) : word === end));
  }

  /** The same of whole lines. */
  #skipLines(): string {
    while (this.skipBlanks() === '\n') this.endLine();
    return this.peek();
  }

  #andOr(): AndOr {
    const first = this.#pipeline();
    const rest: { when: '&&' | '||'; pipeline: Pipeline }[] = [];
    for (;;) {
      this.skipBlanks();
      const when = this.match(/&&|\|\|/y) as '&&' | '||' | undefined;
      if (when === undefined) break;
      this.#skipLines();
      rest.push({ when, pipeline: this.#pipeline() });
    }
    if (this.peek() === '&') throw new UnknownSyntax('&');
    return { first, rest };
  }

  #pipeline(): Pipeline {
    let isNegated = false;
    for (this.skipBlanks(); this.#reservedHere() === '!'; this.skipBlanks()) {
      this.take();
      isNegated = !isNegated;
    }
    const commands = [this.#command()];
    for (;;) {
      this.skipBlanks();
      if (!this.startsWith('|') || this.startsWith('||')) return { isNegated, commands };
      this.take();
      this.#skipLines();
      commands.push(this.#command());
    }
  }

  #command(): Command {
    this.skipBlanks();
    const { line } = this;
    const word = this.#reservedHere();
    if (word === undefined && this.peek() !== '(') return this.#simple();
    if (word === 'function') return this.#named(line);
    if (word === 'select' || word === '[[') throw new UnknownSyntax(word);
    const make = this.#compounds[word ?? '('];
    if (!make) throw this.problem(`unexpected "${word ?? ''}"`);
    this.take((word ?? '(').length);
    const made = make();
    return { ...made, redirects: this.redirects(), line };
  }

  readonly #compounds: Readonly<Partial<Record<string, () => Compound>>> = {
    '{': () => ({ kind: 'group', body: this.#body('}') }),
    '(': () => ({ kind: 'subshell', body: this.#body(')') }),
    if: () => this.#if(),
    for: () => this.#for(),
    while: () => ({ kind: 'while', until: false, condition: this.#body('do'), body: this.#body('done') }),
    until: () => ({ kind: 'while', until: true, condition: this.#body('do'), body: this.#body('done') }),
    case: () => this.#case(),
  };

  /** Commands up to one of these words; there must be some. */
  #some(ends: readonly string[]): Script {
    const script = this.#list(ends);
    if (script.length === 0 && !this.isAtEnd) throw this.problem(`unexpected "${this.odd()}"`);
    return script;
  }

  /** Commands to a word, which is taken. */
  #body(end: string): Script {
    const script = this.#some([end]);
    this.#expect(end);
    return script;
  }

  #if(): Compound {
    const branch = () => ({ condition: this.#body('then'), body: this.#some(['elif', 'else', 'fi']) });
    const branches = [branch()];
    for (;;) {
      const word = this.#reservedHere();
      if (word === 'elif') {
        this.take(4);
        branches.push(branch());
        continue;
      }
      if (word !== 'else') break;
      this.take(4);
      return { kind: 'if', branches, otherwise: this.#body('fi') };
    }
    this.#expect('fi');
    return { kind: 'if', branches, otherwise: [] };
  }

  #for(): Compound {
    this.skipBlanks();
    const name = this.match(/[A-Za-z_]\w*(?=[\s;]|$)/y);
    if (name === undefined) throw this.problem('bad for loop variable');
    this.#skipLines();
    let words: Word[] | undefined;
    if (this.match(/in(?=[\s;])/y) !== undefined) {
      words = [];
      for (this.skipBlanks(); ; this.skipBlanks()) {
        const word = this.word();
        if (!word) break;
        words.push(word);
      }
    }
    if (this.peek() === ';') this.take();
    this.#skipLines();
    this.#expect('do');
    return { kind: 'for', name, words, body: this.#body('done') };
  }

  #case(): Compound {
    this.skipBlanks();
    const subject = this.word() ?? [];
    this.#skipLines();
    this.#expect('in');
    const cases: { patterns: Word[]; body: Script }[] = [];
    for (this.#skipLines(); this.#reservedHere() !== 'esac'; this.#skipLines()) {
      if (this.peek() === '(') this.take();
      const patterns: Word[] = [];
      do {
        this.skipBlanks();
        const word = this.word();
        if (!word) throw this.unexpected(')');
        patterns.push(word);
        this.skipBlanks();
      } while (this.match(/\|/y) !== undefined);
      this.#expect(')');
      cases.push({ patterns, body: this.#list([';;', 'esac']) });
      this.match(/;;/y);
    }
    this.#expect('esac');
    return { kind: 'case', subject, cases };
  }

  #simple(): Command {
    const { line } = this;
    const assignments: { name: string; value: Word }[] = [];
    const words: Word[] = [];
    const redirects: Redirect[] = [];
    for (;;) {
      this.skipBlanks();
      const redirect = this.redirect();
      if (redirect) {
        redirects.push(redirect);
        continue;
      }
      const name = words.length === 0 ? this.match(/[A-Za-z_]\w*=/y) : undefined;
      const word = this.word();
      if (name !== undefined) assignments.push({ name: name.slice(0, -1), value: word ?? [] });
      else if (word) words.push(word);
      else break;
      if (words.length === 1 && this.match(/[ \t]*\([ \t]*\)/y) !== undefined)
        return this.#function(words, line);
    }
    if (words.length + assignments.length + redirects.length === 0) throw this.unexpected();
    return { kind: 'simple', assignments, words, redirects, line } satisfies Simple;
  }

  /** A function with that word before it, where the brackets need not be. */
  #named(line: number): Command {
    this.take('function'.length);
    this.skipBlanks();
    const word = this.word() ?? [];
    this.match(/[ \t]*\([ \t]*\)/y);
    return this.#function([word], line);
  }

  #function([word = []]: readonly Word[], line: number): Command {
    const [part] = word;
    if (word.length !== 1 || part?.kind !== 'text' || part.quoted || !/^[A-Za-z_]\w*$/.test(part.text))
      throw this.problem('bad function name');
    this.#skipLines();
    return { kind: 'function', name: part.text, body: this.#command(), redirects: [], line };
  }

  /** The reserved word that is here. */
  #reservedHere(): string | undefined {
    const { at, line } = this;
    const word = this.match(/(?:[a-z]+|[!{}]|\[\[)(?=[\s;&|<>()]|$)/y);
    this.at = at;
    this.line = line;
    return word !== undefined && reserved.has(word) ? word : undefined;
  }

  #expect(end: string): void {
    this.#skipLines();
    if (!this.startsWith(end)) throw this.unexpected(end);
    this.take(end.length);
  }
}

/** Those that begin a command. */
const opens = new Set('! { case for if until while function select [['.split(' '));
