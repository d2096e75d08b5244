import {
  SyntaxProblem,
  UnknownSyntax,
  type Parameter,
  type Part,
  type Redirect,
  type Script,
  type Word,
} from './syntax.js';

const meta = ' \t\n;&|<>()';

/** A document that stands after the line which asks for it. */
interface Awaited {
  redirect: Redirect;
  end: string;
  isStripped: boolean;
  isLiteral: boolean;
}

/** Reads the words of a script, and what is between them. */
export abstract class Reader {
  protected at = 0;
  protected line = 1;
  readonly #awaited: Awaited[] = [];

  protected readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** What is in `$(…)`, to its end, which is taken. */
  protected abstract enclosed(): Script;
  /** A reader of the same sort of a text that is part of this one. */
  protected abstract within(text: string): Reader;
  /** All of the text. */
  protected abstract all(): Script;

  get isAtEnd(): boolean {
    return this.at >= this.text.length;
  }

  protected startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  protected peek(): string {
    return this.text.charAt(this.at);
  }

  protected take(length = 1): string {
    const taken = this.text.slice(this.at, this.at + length);
    this.at += taken.length;
    for (const letter of taken) if (letter === '\n') this.line++;
    return taken;
  }

  /** What of the text fits here, which is taken. */
  protected match(expression: RegExp): string | undefined {
    expression.lastIndex = this.at;
    const [found] = expression.exec(this.text) ?? [];
    return found === undefined ? undefined : this.take(found.length);
  }

  protected problem(message: string, isUnfinished = false): SyntaxProblem {
    return new SyntaxProblem(message, this.line, isUnfinished);
  }

  /** Leaves out blanks, comments and lines that go on; the letter that is next. */
  protected skipBlanks(): string {
    this.match(/(?:[ \t]|\\\n)*(?:#[^\n]*)?/y);
    return this.peek();
  }

  /** Ends the line, with the documents that come after it. */
  protected endLine(): void {
    this.take();
    for (const awaited of this.#awaited.splice(0)) awaited.redirect.target = this.#document(awaited);
  }

  /** Has a document come after this line, up to the word that is here. */
  protected awaitDocument(redirect: Redirect, isStripped: boolean): void {
    this.skipBlanks();
    const end = this.word();
    if (!end) throw this.problem('unexpected newline');
    const isLiteral = end.some((part) => part.kind === 'text' && part.quoted);
    const text = end.map((part) => (part.kind === 'text' ? part.text : '')).join('');
    this.#awaited.push({ redirect, end: text, isStripped, isLiteral });
  }

  #document({ end, isStripped, isLiteral }: Awaited): Word {
    let text = '';
    while (!this.isAtEnd) {
      const raw = this.match(/[^\n]*\n?/y) ?? '';
      const line = isStripped ? raw.replace(/^\t+/, '') : raw;
      if (line.replace(/\n$/, '') === end) break;
      text += line;
    }
    return isLiteral ? [{ kind: 'text', text, quoted: true }] : this.within(text).#quoted('');
  }

  /** The next word; undefined where none begins. */
  word(): Word | undefined {
    const parts: Part[] = [];
    const start = this.at;
    while (!this.isAtEnd && !meta.includes(this.peek())) parts.push(...this.#part());
    return this.at === start ? undefined : parts;
  }

  #part(): Part[] {
    const letter = this.peek();
    switch (letter) {
      case "'": {
        const end = this.text.indexOf("'", this.at + 1);
        if (end < 0) throw this.problem('unterminated quoted string', true);
        const text = this.take(end + 1 - this.at).slice(1, -1);
        return [{ kind: 'text', text, quoted: true }];
      }
      case '"':
        this.take();
        return [{ kind: 'text', text: '', quoted: true }, ...this.#quoted('"')];
      case '\\':
        this.take();
        if (this.isAtEnd) return [{ kind: 'text', text: '\\', quoted: true }];
        if (this.match(/\n/y) !== undefined) return [];
        return [{ kind: 'text', text: this.take(), quoted: true }];
      case '$':
        return [this.#dollar(false)];
      case '`':
        return [this.#backticks(false)];
      default:
        return [{ kind: 'text', text: this.match(/[^\s;&|<>()'"\\$`}]+|[^]/y) ?? '', quoted: false }];
    }
  }

  /** What is in double quotes, to their end, which is taken; to that of the text without one. */
  #quoted(end: '"' | '}' | ''): Part[] {
    const parts: Part[] = [];
    for (;;) {
      if (this.isAtEnd) {
        if (end === '') return parts;
        throw this.problem('unterminated quoted string', true);
      }
      const letter = this.peek();
      if (letter === end) {
        this.take();
        return parts;
      }
      if (letter === '$') parts.push(this.#dollar(true));
      else if (letter === '`') parts.push(this.#backticks(true));
      else if (letter === '\\') {
        const escaped = this.match(/\\[$`"\\}\n]/y) ?? this.take();
        const isKept =
          escaped === '\\' || (escaped === '\\"' && end === '') || (escaped === '\\}' && end !== '}');
        const text = escaped === '\\\n' ? '' : isKept ? escaped : escaped.slice(1);
        parts.push({ kind: 'text', text, quoted: true });
      } else if (letter === '"' && end === '}') parts.push(...this.#part());
      else parts.push({ kind: 'text', text: this.match(/[^"\\$`}]+|[^]/y) ?? '', quoted: true });
    }
  }

  #dollar(quoted: boolean): Part {
    this.take();
    if (this.startsWith('((')) return this.#arithmetic(quoted);
    if (this.startsWith('(')) {
      this.take();
      return { kind: 'command', script: this.enclosed(), quoted };
    }
    if (this.startsWith('{')) return this.#braced(quoted);
    const name = this.match(/[A-Za-z_]\w*|[\d?$#@*!-]/y);
    return name === undefined ? { kind: 'text', text: '$', quoted } : { kind: 'parameter', name, quoted };
  }

  #arithmetic(quoted: boolean): Part {
    const start = this.take(2);
    let depth = start.length;
    const begin = this.at;
    while (depth > 0) {
      if (this.isAtEnd) throw this.problem("missing '))'", true);
      const letter = this.take();
      depth += letter === '(' ? 1 : letter === ')' ? -1 : 0;
      if (depth === 1 && letter === ')' && this.peek() !== ')') throw this.problem("missing '))'");
    }
    const expression = this.within(this.text.slice(begin, this.at - 2)).#quoted('');
    return { kind: 'arithmetic', expression, quoted };
  }

  #backticks(quoted: boolean): Part {
    this.take();
    const raw = this.match(/(?:[^`\\]|\\[^])*(?=`)/y);
    if (raw === undefined) throw this.problem('EOF in backquote substitution', true);
    this.take();
    const text = raw.replace(quoted ? /\\([`\\$"])/g : /\\([`\\$])/g, '$1');
    return { kind: 'command', script: this.within(text).all(), quoted };
  }

  #braced(quoted: boolean): Parameter {
    this.take();
    const length = this.match(/#(?=[A-Za-z_\d?@*])/y);
    const name = this.match(/[A-Za-z_]\w*|\d+|[?$#@*!-]/y);
    if (name === undefined) throw this.problem('bad substitution');
    if (length !== undefined) {
      if (this.take() !== '}') throw this.problem('bad substitution');
      return { kind: 'parameter', name, quoted, operator: 'length' };
    }
    if (this.peek() === '}') {
      this.take();
      return { kind: 'parameter', name, quoted };
    }
    const [, colon = '', found = ''] = /^(:?)(.*)$/.exec(this.match(/:?[-=?+]|%%?|##?|\/\/?|:/y) ?? '') ?? [];
    if (found + colon === '') throw new UnknownSyntax(`\${${name}${this.peek()}`);
    const operator = (found || ':') as NonNullable<Parameter['operator']>;
    const isValue = /[-=?+]/.test(operator);
    const argument = quoted && isValue ? this.#quoted('}') : this.#toBrace();
    return { kind: 'parameter', name, quoted, operator, isColon: colon !== '', argument };
  }

  #toBrace(): Part[] {
    const parts: Part[] = [];
    while (this.peek() !== '}') {
      if (this.isAtEnd) throw this.problem('unterminated quoted string', true);
      parts.push(...this.#part());
    }
    this.take();
    return parts;
  }
}
