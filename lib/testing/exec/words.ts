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

/** Takes a line apart: words with quotes and variables, `;`, `&&`, `||`, `|` and `>`; nothing else of a shell's language. */
export function parseLine(line: string, variable: (name: string) => string): ShellCommand[] {
  const commands: ShellCommand[] = [];
  let current: ShellCommand = { when: ';', words: [] };
  let redirect: { fd: 'out' | 'err'; append: boolean } | undefined;
  const text = line.replace(/^\s*#.*$/gm, '').trim();
  token.lastIndex = 0;
  while (token.lastIndex < text.length) {
    const [, separator, fd, arrow, target, word, odd] = token.exec(text) ?? [];
    if (separator !== undefined) {
      if (current.words.length > 0) commands.push(current);
      current = { when: separator === '\n' ? ';' : (separator as ShellCommand['when']), words: [] };
    } else if (arrow !== undefined) {
      const which = fd === '2' ? 'err' : 'out';
      const append = arrow === '>>';
      if (target !== undefined) current[which] = { to: target, append };
      else redirect = { fd: which, append };
    } else if (word !== undefined) {
      const value = expand(word, variable);
      if (redirect) current[redirect.fd] = { to: value, append: redirect.append };
      else current.words.push(value);
      redirect = undefined;
    } else {
      throw new ShellError(`tslxd/testing has a small shell, which does not know '${odd ?? ''}'`);
    }
  }
  if (current.words.length > 0) commands.push(current);
  return commands;
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
