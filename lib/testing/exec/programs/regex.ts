import { classOf, literal } from '../shell/pattern.js';
import { Failure } from './program.js';

/** How a pattern of `grep` and `sed` is written: basic has its `(`, `{`, `+` only behind a backslash. */
export type Dialect = 'basic' | 'extended' | 'fixed';

/** A pattern as a regular expression. @throws Failure */
export function regexOf(pattern: string, dialect: Dialect, flags = '', code = 1): RegExp {
  const source = dialect === 'fixed' ? literal(pattern) : sourceOf(pattern, dialect === 'extended', code);
  try {
    return new RegExp(source, flags);
  } catch {
    throw new Failure(`bad regex '${pattern}'`, code);
  }
}

function sourceOf(pattern: string, isExtended: boolean, code: number): string {
  const tokens = pattern.match(/\[\^?\]?(?:\[:\w+:\]|[^\]])*\]|\\[^]|[^]/g) ?? [];
  return tokens
    .map((token, at) => {
      if (token === '[') throw new Failure(`bad regex '${pattern}'`, code);
      if (token.startsWith('[')) {
        const [, negation = '', inner = ''] = /^\[(\^?)([^]*)\]$/.exec(token) ?? [];
        return `[${negation}${classOf(inner)}]`;
      }
      if (token.startsWith('\\') && token.length > 1) return behindBackslash(token.charAt(1), isExtended);
      if (isExtended) return /[/]/.test(token) ? `\\${token}` : token;
      const isStart = at === 0 || tokens[at - 1] === '\\(' || tokens[at - 1] === '\\|';
      if (token === '*') return isStart ? '\\*' : '*';
      if (token === '^') return isStart ? '^' : '\\^';
      if (token === '$')
        return at === tokens.length - 1 || /^\\[)|]/.test(tokens[at + 1] ?? '') ? '$' : '\\$';
      return token === '.' ? '.' : literal(token);
    })
    .join('');
}

function behindBackslash(letter: string, isExtended: boolean): string {
  if (/[1-9wWsSbB]/.test(letter)) return `\\${letter}`;
  if (letter === '<' || letter === '>') return '\\b';
  if (letter === 'n' || letter === 't') return `\\${letter}`;
  if (!isExtended && /[(){}|+?]/.test(letter)) return letter;
  return literal(letter);
}
