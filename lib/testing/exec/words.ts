/** One command of a line: what stands before it, its words, and where its output goes. */
export interface ShellCommand {
  /** Whether it runs: always, only after one that went well, or badly; or with the output of the one before it. */
  when: ';' | '&&' | '||' | '|';
  words: string[];
  /** Paths, or `&1` and `&2`. */
  out?: { to: string; append: boolean };
  err?: { to: string; append: boolean };
}

/** A line that the fake's shell does not understand. */
export class ShellError extends Error {}

const token =
  /[^\S\n]*(?:(;|&&|\|\|?|\n)|([12]?)(>>?)[^\S\n]*(&[12])?|((?:[^\s;&|<>"'\\()`$]|\\.|"(?:[^"\\`]|\\.)*"|'[^']*'|\$(?:\w+|\?|\$|\{\w+\}))+)|(\S))/gy;

const comment = /([^\S\n]*)#[^\n]*/gy;

/** Words that begin what only a whole shell can do: to take them for programs would be to run half of a script. */
const reserved = new Set(
  '! [[ case do done elif else esac fi for function if select then until while {'.split(' '),
);

/** Takes a line apart: words with quotes and variables, `;`, `&&`, `||`, `|` and `>`; nothing else of a shell's language. */
export function parseLine(line: string, variable: (name: string) => string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { when: ';', words: [] };
  let redirect: { fd: 'out' | 'err'; append: boolean } | undefined;
  const text = line.replace(/\\\n/g, ' ').trim();
  const end = () => {
    if (current.words.length > 0) commands.push(current);
  };
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    comment.lastIndex = token.lastIndex;
    const skipped = comment.exec(text);
    if (skipped && (skipped[1] !== '' || /^$|[\s;]$/.test(text.slice(0, token.lastIndex)))) {
      token.lastIndex = comment.lastIndex;
      continue;
    }
    const [, separator, fd, arrow, target, word, odd] = token.exec(text) ?? [];
    if (separator !== undefined) {
      end();
      current = { when: separator === '\n' ? ';' : (separator as ShellCommand['when']), words: [] };
    } else if (arrow !== undefined) {
      const which = fd === '2' ? 'err' : 'out';
      const append = arrow === '>>';
      if (target !== undefined) current[which] = { to: target, append };
      else redirect = { fd: which, append };
    } else if (word !== undefined) {
      if (!redirect && current.words.length === 0 && reserved.has(word)) throw unknown(word);
      const value = expand(word, variable);
      if (redirect) current[redirect.fd] = { to: value, append: redirect.append };
      else current.words.push(value);
      redirect = undefined;
    } else {
      throw unknown(odd ?? '');
    }
  }
  end();
  return commands;
}

function unknown(word: string): ShellError {
  return new ShellError(`tslxd/testing has a small shell, which does not know '${word}'`);
}

const part = /\\(.)|"((?:[^"\\]|\\.)*)"|'([^']*)'|\$(\w+|\?|\$|\{\w+\})|([^\\"'$]+)/gsy;

function expand(word: string, variable: (name: string) => string): string {
  const value = (name: string): string => variable(name.replace(/[{}]/g, ''));
  let result = '';
  for (const [, escaped, double, single, name, plain] of word.matchAll(part)) {
    if (double !== undefined) {
      result += double.replace(/\\(["\\$])|\$(\w+|\?|\$|\{\w+\})/g, (_, mark?: string, inner?: string) =>
        inner === undefined ? (mark ?? '') : value(inner),
      );
    } else {
      result += name === undefined ? (escaped ?? single ?? plain ?? '') : value(name);
    }
  }
  return result;
}
