import { Reader } from './reader.js';
import { UnknownSyntax, type Redirect } from './syntax.js';

/** Reads redirections, too, and says what stands where nothing of the kind may. */
export abstract class RedirectReader extends Reader {
  protected redirects(): Redirect[] {
    const redirects: Redirect[] = [];
    for (;;) {
      this.skipBlanks();
      const redirect = this.redirect();
      if (!redirect) return redirects;
      redirects.push(redirect);
    }
  }

  protected redirect(): Redirect | undefined {
    const found = this.match(/\d?(?:<<-?|<&|<>|<|>>|>&|>\||>)/y);
    if (found === undefined) return undefined;
    const [, digit = '', operator = ''] = /^(\d?)(.*)$/.exec(found) ?? [];
    const fd = digit === '' ? (operator.startsWith('<') ? 0 : 1) : Number(digit);
    if (fd > 2) throw new UnknownSyntax(found);
    if (operator.startsWith('<<')) {
      const redirect: Redirect = { fd, operator: '<<', target: [] };
      this.awaitDocument(redirect, operator === '<<-');
      return redirect;
    }
    this.skipBlanks();
    const target = this.word();
    if (!target) throw this.unexpected();
    return { fd, operator: operator as Redirect['operator'], target };
  }

  protected odd(): string {
    return /^(?:;;|&&|\|\||[^\s;&|<>()]+|[^])/.exec(this.text.slice(this.at))?.[0] ?? '';
  }

  protected unexpected(expected?: string) {
    const wanted = expected === undefined ? '' : ` (expecting "${expected}")`;
    if (this.isAtEnd) return this.problem(`unexpected end of file${wanted}`, true);
    if (this.peek() === '\n') return this.problem(`unexpected newline${wanted}`);
    return this.problem(`unexpected "${this.odd()}"${wanted}`);
  }
}
